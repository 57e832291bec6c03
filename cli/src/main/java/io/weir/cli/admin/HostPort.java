package io.weir.cli.admin;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a controller listens. {@code host} without the brackets of an IPv6 address. */
public record HostPort(String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.%]+)\\]|([^\\s:\\[\\]/]+)):([0-9]{1,5})");

  public static Optional<HostPort> parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    int port = Integer.parseInt(form.group(3));
    String host = form.group(1) != null ? form.group(1) : form.group(2);
    return port < 1 || port > 65_535 ? Optional.empty() : Optional.of(new HostPort(host, port));
  }

  /**
   * Whether what is sent there stays on this machine; nothing is to a name that does not resolve.
   */
  public boolean isLoopback() {
    if (host.equals("localhost")) {
      return true;
    }
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        if (!address.isLoopbackAddress()) {
          return false;
        }
      }
      return true;
    } catch (UnknownHostException e) {
      return true;
    }
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
