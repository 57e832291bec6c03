package io.weir.e2e.bench;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

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

  static final Software NGINX_LEAST_CONN = nginx("nginx-least-conn.conf");
  static final Software NGINX_RANDOM = nginx("nginx-random.conf");
  static final Software HAPROXY_LEASTCONN = haproxy("haproxy-leastconn.cfg");

  /** Those that {@code --against} names. */
  static final List<Software> OTHERS =
      List.of(
          new Software(
              "caddy",
              "caddy",
              List.of(new Template("Caddyfile")),
              List.of("run", "--adapter", "caddyfile", "--config", "@dir@/Caddyfile"),
              List.of("version"),
              Pattern.compile("v?(\\d[\\d.]*\\d)")),
          new Software(
              "varnish",
              "varnishd",
              List.of(new Template("varnish.vcl")),
              // Its access log is what it writes to shared memory either way.
              List.of(
                  "-F",
                  "-n",
                  "@dir@/varnish",
                  "-a",
                  "127.0.0.1:@listen@",
                  "-f",
                  "@dir@/varnish.vcl",
                  "-T",
                  "none",
                  "-s",
                  "malloc,64m",
                  "-p",
                  "thread_pools=@threads@"),
              List.of("-V"),
              Pattern.compile("varnish-(\\S+)")),
          new Software(
              "trafficserver",
              "traffic_server",
              Stream.of(
                      "runroot.yaml",
                      "records.config",
                      "remap.config",
                      "parent.config",
                      "storage.config",
                      "ip_allow.yaml",
                      "logging.yaml")
                  .map(file -> new Template("trafficserver/" + file))
                  .toList(),
              List.of("--run-root=@dir@/runroot.yaml"),
              List.of("--version"),
              Pattern.compile("Traffic Server (\\S+)")),
          new Software(
              "h2o",
              "h2o",
              List.of(new Template("h2o.conf")),
              List.of("-c", "@dir@/h2o.conf"),
              List.of("-v"),
              Pattern.compile("version (\\S+)")),
          new Software(
              "envoy",
              "envoy",
              List.of(new Template("envoy.yaml")),
              List.of(
                  "-c", "@dir@/envoy.yaml", "--concurrency", "@threads@", "--log-level", "error"),
              List.of("--version"),
              Pattern.compile("/(\\d[\\d.]*)/")));

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
