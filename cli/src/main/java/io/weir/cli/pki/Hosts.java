package io.weir.cli.pki;

import java.util.regex.Pattern;

/** What a server's certificate is good for. */
final class Hosts {
  private static final Pattern IPV4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\\.(?!$)|$)){4}");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*");
  private static final Pattern NAME =
      Pattern.compile(
          "(?=.{1,253}$)(?:\\*\\.)?(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(?:\\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*");

  private Hosts() {}

  static boolean isAddress(String host) {
    return IPV4.matcher(host).matches() || IPV6.matcher(host).matches();
  }

  static boolean isHost(String host) {
    return isAddress(host) || NAME.matcher(host).matches();
  }
}
