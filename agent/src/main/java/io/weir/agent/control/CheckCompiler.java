package io.weir.agent.control;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static java.util.Locale.ROOT;

import io.weir.agent.model.HealthCheck;
import io.weir.agent.model.HealthCheck.Probe;
import io.weir.agent.model.HealthCheck.Statuses;
import io.weir.v1.ExecProbe;
import io.weir.v1.HttpProbe;
import io.weir.v1.TcpProbe;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A pool's health check with every default filled in. Pure. */
final class CheckCompiler {
  private static final Pattern STATUSES = Pattern.compile("([1-5]\\d\\d)(?:-([1-5]\\d\\d))?");
  private static final Pattern FIELD_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}");
  private static final Pattern FIELD_VALUE = Pattern.compile("[ \\t!-~\\x80-\\xff]{0,4096}");
  private static final int MOST_BYTES = 1_024;

  /** Of a request, what the probe itself says. */
  private static final Set<String> OWN_FIELDS =
      Set.of("host", "connection", "content-length", "transfer-encoding", "te", "upgrade");

  private final Refusals refusals;
  private final ProbeAbility ability;

  CheckCompiler(Refusals refusals, ProbeAbility ability) {
    this.refusals = refusals;
    this.ability = ability;
  }

  HealthCheck compile(io.weir.v1.HealthCheck check) {
    Duration interval =
        refusals.range(
            "health.interval",
            check.hasInterval(),
            check.getInterval(),
            ofSeconds(2),
            ofMillis(100),
            ofHours(1));
    Duration unset = interval.compareTo(ofSeconds(1)) < 0 ? interval : ofSeconds(1);
    Duration timeout =
        refusals.range(
            "health.timeout",
            check.hasTimeout(),
            check.getTimeout(),
            unset,
            ofMillis(10),
            ofMinutes(1));
    if (timeout.compareTo(interval) > 0) {
      refusals.add(
          "health.timeout",
          "is %s; it must not be above the interval, which is %s"
              .formatted(Refusals.text(timeout), Refusals.text(interval)));
    }
    Duration down =
        refusals.range(
            "health.down_interval",
            check.hasDownInterval(),
            check.getDownInterval(),
            interval,
            interval,
            ofHours(1));
    int rise = check.getRise() == 0 ? 2 : refusals.range("health.rise", check.getRise(), 1, 100);
    int fall = check.getFall() == 0 ? 3 : refusals.range("health.fall", check.getFall(), 1, 100);
    int jitter = refusals.range("health.jitter", check.getJitter(), 0, 50);
    return new HealthCheck(probe(check), interval, timeout, rise, fall, down, jitter);
  }

  private Probe probe(io.weir.v1.HealthCheck check) {
    return switch (check.getProbeCase()) {
      case HTTP -> http(check.getHttp());
      case TCP -> tcp(check.getTcp());
      case GRPC -> new Probe.Grpc(check.getGrpc().getService());
      case ICMP -> {
        ability
            .noIcmp()
            .ifPresent(why -> refusals.add("health.icmp", "cannot be done by this agent: " + why));
        yield new Probe.Icmp();
      }
      case EXEC -> exec(check.getExec());
      case PROBE_NOT_SET -> {
        if (check.getUnknownFields().asMap().isEmpty()) {
          refusals.add(
              "health",
              "says not how to probe; it needs \"http\", \"tcp\", \"grpc\", \"icmp\" or \"exec\"");
        }
        yield new Probe.Tcp();
      }
    };
  }

  private Probe http(HttpProbe probe) {
    String path = probe.getPath().isEmpty() ? "/" : probe.getPath();
    if (!path.matches("/[!-~]*") || path.indexOf('#') >= 0) {
      refusals.add(
          "health.http.path",
          "must begin with '/' and hold only visible ASCII characters other than '#'");
    }
    String host = probe.getHost();
    if (!host.matches("[!-.0-~]*")) {
      refusals.add("health.http.host", "must be a host, or host and port");
    }
    String method = probe.getMethod().isEmpty() ? "GET" : probe.getMethod();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      refusals.add("health.http.method", "must be GET or HEAD");
    }
    atMost("health.http.body", probe.getBody().getBytes(StandardCharsets.UTF_8).length);
    if (method.equals("HEAD") && !probe.getBody().isEmpty()) {
      refusals.add("health.http.body", "cannot be expected of HEAD, whose answer has none");
    }
    probe
        .getHeadersMap()
        .forEach((name, value) -> {
          if (!FIELD_NAME.matcher(name).matches() || !FIELD_VALUE.matcher(value).matches()) {
            refusals.add("health.http.headers", "\"" + name + "\" is not a header");
          } else if (OWN_FIELDS.contains(name.toLowerCase(ROOT))) {
            refusals.add("health.http.headers", "\"" + name + "\" is for the probe itself to say");
          }
        });
    return new Probe.Http(
        path,
        host,
        method.equals("HEAD"),
        statuses(probe.getStatusesList()),
        probe.getBody(),
        probe.getHeadersMap(),
        probe.hasTls()
            ? Optional.of(
                new HealthCheck.Tls(
                    probe.getTls().getServerName(), !probe.getTls().getSkipVerify()))
            : Optional.empty());
  }

  private List<Statuses> statuses(List<String> texts) {
    List<Statuses> statuses = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      Matcher range = STATUSES.matcher(texts.get(i));
      if (range.matches()) {
        int from = Integer.parseInt(range.group(1));
        int to = range.group(2) == null ? from : Integer.parseInt(range.group(2));
        statuses.add(new Statuses(from, to));
      }
      if (!range.matches() || statuses.getLast().from() > statuses.getLast().to()) {
        refusals.add("health.http.statuses[" + i + "]", "must be as \"200\" or \"200-299\"");
      }
    }
    return statuses.isEmpty() ? List.of(Statuses.USUAL) : statuses;
  }

  private Probe tcp(TcpProbe probe) {
    return new Probe.Tcp(
        bytes("send", probe.getSend(), probe.getSendHex()),
        bytes("expect", probe.getExpect(), probe.getExpectHex()));
  }

  /** In hex. */
  private String bytes(String field, String text, String hex) {
    String at = "health.tcp." + field;
    if (!text.isEmpty() && !hex.isEmpty()) {
      refusals.add(at + "_hex", "is there besides " + field + "; only one of them can be");
    }
    if (!hex.matches("([0-9a-fA-F]{2})*")) {
      refusals.add(at + "_hex", "must be bytes in hex, two digits each");
    }
    String bytes =
        hex.isEmpty()
            ? HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8))
            : hex.toLowerCase(ROOT);
    atMost(at, bytes.length() / 2);
    return bytes;
  }

  private Probe exec(ExecProbe probe) {
    if (!ability.exec()) {
      refusals.add(
          "health.exec", "is not allowed by this agent; start it with --allow-exec-probes");
    }
    if (probe.getCommand().isEmpty()) {
      refusals.add("health.exec.command", "is missing");
    }
    if (probe.getArgsCount() > 64) {
      refusals.add("health.exec.args", "are more than 64");
    }
    return new Probe.Exec(probe.getCommand(), probe.getArgsList());
  }

  private void atMost(String field, int bytes) {
    if (bytes > MOST_BYTES) {
      refusals.add(field, "is longer than " + MOST_BYTES + " bytes");
    }
  }
}
