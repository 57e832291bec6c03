package io.weir.cli.admin;

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

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
