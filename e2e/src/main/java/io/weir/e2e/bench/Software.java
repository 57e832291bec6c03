package io.weir.e2e.bench;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How to run one proxy program.
 *
 * @param name lower case
 * @param binary its file's name
 * @param templates its configuration
 * @param args with {@code @dir@} and the like, as in a template
 * @param versionArgs make it print its version
 * @param version finds the version, group 1, in what it prints
 */
record Software(
    String name,
    String binary,
    List<Template> templates,
    List<String> args,
    List<String> versionArgs,
    Pattern version) {
  static final Software NGINX = nginx("nginx.conf");
  static final Software NGINX_STREAM = nginx("nginx-stream.conf");
  static final Software ORIGIN = nginx("origin.conf");
  static final Software HAPROXY = haproxy("haproxy.cfg");
  static final Software HAPROXY_TCP = haproxy("haproxy-tcp.cfg");

  /** Those that {@code --against} names. */
  static final List<Software> OTHERS = List.of();

  /** One of {@link #OTHERS}. */
  static Optional<Software> other(String name) {
    return OTHERS.stream().filter(software -> software.name().equals(name)).findFirst();
  }

  private static Software nginx(String template) {
    return new Software(
        "nginx",
        "nginx",
        List.of(new Template(template)),
        List.of("-p", "@dir@", "-c", "@dir@/" + template),
        List.of("-v"),
        Pattern.compile("nginx/(\\S+)"));
  }

  private static Software haproxy(String template) {
    return new Software(
        "haproxy",
        "haproxy",
        List.of(new Template(template)),
        List.of("-db", "-f", "@dir@/" + template),
        List.of("-v"),
        Pattern.compile("version (\\d[\\d.]*\\d)"));
  }
}
