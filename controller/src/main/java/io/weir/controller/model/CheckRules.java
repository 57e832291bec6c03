package io.weir.controller.model;

import static io.weir.controller.model.Durations.millis;
import static io.weir.controller.model.Durations.minutes;
import static io.weir.controller.model.Durations.seconds;

import io.weir.v1.ExecProbe;
import io.weir.v1.HealthCheck;
import io.weir.v1.HttpProbe;
import io.weir.v1.TcpProbe;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A pool's health check; the ranges are those that resources.proto names. */
final class CheckRules {
  private static final int MAX_STREAK = 100;
  private static final int MAX_JITTER = 50;
  private static final int MAX_PATH = 2_048;
  private static final int MAX_LISTED = 32;
  private static final int MAX_BYTES = 1_024;
  private static final int MAX_ARGS = 64;
  private static final int MAX_ARG = 4_096;
  private static final int MAX_SERVICE = 255;
  private static final long DEFAULT_INTERVAL = seconds(2);

  private static final Pattern PROBE_PATH = Pattern.compile("/[!-~&&[^#]]*");
  private static final Pattern HOST_FIELD = Pattern.compile("[!-~&&[^/]]{1,255}");
  private static final Pattern STATUSES = Pattern.compile("([1-5]\\d\\d)(?:-([1-5]\\d\\d))?");
  private static final Pattern FIELD_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}");
  private static final Pattern FIELD_VALUE = Pattern.compile("[ \\t!-~\\x80-\\xff]{0,4096}");
  private static final Pattern HEX = Pattern.compile("([0-9a-fA-F]{2})*");
  private static final Pattern SERVER_NAME = Pattern.compile("[0-9A-Za-z.:_-]{1,253}");

  /** Of a request, what the probe itself says. */
  private static final Set<String> OWN_FIELDS =
      Set.of("host", "connection", "content-length", "transfer-encoding", "te", "upgrade");

  private CheckRules() {}

  static void check(HealthCheck health, Problems.On on) {
    switch (health.getProbeCase()) {
      case HTTP -> http(health.getHttp(), on);
      case TCP -> tcp(health.getTcp(), on);
      case GRPC -> {
        if (health.getGrpc().getService().length() > MAX_SERVICE) {
          on.add("health.grpc.service", "must have at most %d characters".formatted(MAX_SERVICE));
        }
      }
      case ICMP -> {}
      case EXEC -> exec(health.getExec(), on);
      case PROBE_NOT_SET -> on.add("health", "names no probe; add http, tcp, grpc, icmp or exec");
    }
    rhythm(health, on);
    streak("health.rise", health.getRise(), on);
    streak("health.fall", health.getFall(), on);
    on.range("health.jitter", health.getJitter(), 0, MAX_JITTER);
  }

  private static void rhythm(HealthCheck health, Problems.On on) {
    BigInteger interval =
        health.hasInterval()
            ? Durations.nanos(health.getInterval())
            : BigInteger.valueOf(DEFAULT_INTERVAL);
    String said =
        "(%s%s)".formatted(Durations.text(interval), health.hasInterval() ? "" : ", the default");
    if (health.hasInterval()) {
      Durations.range(on, "health.interval", health.getInterval(), millis(100), minutes(60));
    }
    if (health.hasTimeout()) {
      Durations.range(on, "health.timeout", health.getTimeout(), millis(10), minutes(1));
      BigInteger timeout = Durations.nanos(health.getTimeout());
      if (timeout.compareTo(interval) > 0) {
        on.add(
            "health.timeout",
            "must not be above the interval %s, is %s".formatted(said, Durations.text(timeout)));
      }
    }
    if (health.hasDownInterval()) {
      Durations.range(
          on, "health.down_interval", health.getDownInterval(), millis(100), minutes(60));
      BigInteger down = Durations.nanos(health.getDownInterval());
      if (down.compareTo(interval) < 0) {
        on.add(
            "health.down_interval",
            "must not be below the interval %s, is %s".formatted(said, Durations.text(down)));
      }
    }
  }

  /** 0 is unset. */
  private static void streak(String field, int value, Problems.On on) {
    if (value != 0) {
      on.range(field, value, 1, MAX_STREAK);
    }
  }

  private static void http(HttpProbe probe, Problems.On on) {
    String path = probe.getPath();
    if (!path.isEmpty() && (path.length() > MAX_PATH || !PROBE_PATH.matcher(path).matches())) {
      on.add(
          "health.http.path",
          "%s must begin with '/', without spaces, control characters or '#', at most %d characters"
              .formatted(Syntax.quote(path), MAX_PATH));
    }
    String host = probe.getHost();
    if (!host.isEmpty() && !HOST_FIELD.matcher(host).matches()) {
      on.add("health.http.host", Syntax.quote(host) + " is no host; write name or name:port");
    }
    String method = probe.getMethod();
    if (!method.isEmpty() && !method.equals("GET") && !method.equals("HEAD")) {
      on.add("health.http.method", Syntax.quote(method) + " must be GET or HEAD");
    }
    bytes("health.http.body", probe.getBody(), on);
    if (method.equals("HEAD") && !probe.getBody().isEmpty()) {
      on.add("health.http.body", "cannot be expected of HEAD, whose answer has none");
    }
    statuses(probe.getStatusesList(), on);
    headers(probe, on);
    String name = probe.getTls().getServerName();
    if (!name.isEmpty() && !SERVER_NAME.matcher(name).matches()) {
      on.add("health.http.tls.server_name", Syntax.quote(name) + " is no name of a host");
    }
  }

  private static void statuses(List<String> statuses, Problems.On on) {
    if (statuses.size() > MAX_LISTED) {
      on.add("health.http.statuses", "has %d; at most %d".formatted(statuses.size(), MAX_LISTED));
    }
    for (int i = 0; i < statuses.size(); i++) {
      Matcher range = STATUSES.matcher(statuses.get(i));
      if (!range.matches()
          || range.group(2) != null && range.group(1).compareTo(range.group(2)) > 0) {
        on.add(
            "health.http.statuses[" + i + "]",
            Syntax.quote(statuses.get(i))
                + " is no status; write 200, or 200-299, from 100 to 599");
      }
    }
  }

  private static void headers(HttpProbe probe, Problems.On on) {
    if (probe.getHeadersCount() > MAX_LISTED) {
      on.add(
          "health.http.headers",
          "has %d; at most %d".formatted(probe.getHeadersCount(), MAX_LISTED));
    }
    probe
        .getHeadersMap()
        .forEach((name, value) -> {
          String at = "health.http.headers." + name;
          if (!FIELD_NAME.matcher(name).matches()) {
            on.add("health.http.headers", Syntax.quote(name) + " is no name of a header");
          } else if (OWN_FIELDS.contains(name.toLowerCase(Locale.ROOT))) {
            on.add(
                at,
                name.equalsIgnoreCase("host")
                    ? "is said by health.http.host"
                    : "is for the probe itself to say");
          } else if (!FIELD_VALUE.matcher(value).matches()) {
            on.add(at, "must have no control characters, and at most 4096 characters");
          }
        });
  }

  private static void tcp(TcpProbe probe, Problems.On on) {
    oneOf("send", probe.getSend(), probe.getSendHex(), on);
    oneOf("expect", probe.getExpect(), probe.getExpectHex(), on);
  }

  private static void oneOf(String field, String text, String hex, Problems.On on) {
    String at = "health.tcp." + field;
    if (!text.isEmpty() && !hex.isEmpty()) {
      on.add(at + "_hex", "is there besides " + field + "; leave one of them out");
    }
    bytes(at, text, on);
    if (!HEX.matcher(hex).matches()) {
      on.add(at + "_hex", Syntax.quote(hex) + " must be bytes in hex, two digits each");
    } else if (hex.length() > 2 * MAX_BYTES) {
      on.add(at + "_hex", "must have at most %d bytes".formatted(MAX_BYTES));
    }
  }

  private static void bytes(String field, String text, Problems.On on) {
    if (text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      on.add(field, "must have at most %d bytes".formatted(MAX_BYTES));
    }
  }

  private static void exec(ExecProbe probe, Problems.On on) {
    if (probe.getCommand().isEmpty()) {
      on.add("health.exec.command", "is missing; write the path of a program");
    } else {
      argument("health.exec.command", probe.getCommand(), on);
    }
    if (probe.getArgsCount() > MAX_ARGS) {
      on.add("health.exec.args", "has %d; at most %d".formatted(probe.getArgsCount(), MAX_ARGS));
    }
    for (int i = 0; i < probe.getArgsCount(); i++) {
      argument("health.exec.args[" + i + "]", probe.getArgs(i), on);
    }
  }

  private static void argument(String field, String text, Problems.On on) {
    if (text.length() > MAX_ARG || text.indexOf('\0') >= 0) {
      on.add(field, "must have no NUL, and at most %d characters".formatted(MAX_ARG));
    }
  }
}
