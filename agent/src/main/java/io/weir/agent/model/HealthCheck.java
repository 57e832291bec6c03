package io.weir.agent.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How to probe an endpoint; see weir.v1.HealthCheck for units and ranges.
 *
 * @param downInterval instead of {@code interval} while the endpoint is unhealthy
 * @param jitter percent of the interval by which each probe is late at random, 0 to 50
 */
public record HealthCheck(
    Probe probe,
    Duration interval,
    Duration timeout,
    int rise,
    int fall,
    Duration downInterval,
    int jitter) {
  /** Without jitter, and at the same interval while the endpoint is unhealthy. */
  public HealthCheck(Probe probe, Duration interval, Duration timeout, int rise, int fall) {
    this(probe, interval, timeout, rise, fall, interval, 0);
  }

  public sealed interface Probe {
    /**
     * @param host empty: the endpoint's address
     * @param head HEAD instead of GET
     * @param statuses what is a success, one or more
     * @param body what the answer's has to contain; empty: anything
     * @param tls empty: in the clear
     */
    record Http(
        String path,
        String host,
        boolean head,
        List<Statuses> statuses,
        String body,
        Map<String, String> headers,
        Optional<Tls> tls)
        implements Probe {
      public Http {
        statuses = List.copyOf(statuses);
        headers = Map.copyOf(headers);
      }

      /** As when nothing else is said. */
      public Http(String path, String host) {
        this(path, host, false, List.of(Statuses.USUAL), "", Map.of(), Optional.empty());
      }

      public boolean accepts(int status) {
        return statuses.stream().anyMatch(range -> range.from <= status && status <= range.to);
      }
    }

    /**
     * @param send once the connection is open, in hex; empty: nothing
     * @param expect what has to come, in hex; empty: nothing
     */
    record Tcp(String send, String expect) implements Probe {
      /** That it opens is enough. */
      public Tcp() {
        this("", "");
      }
    }

    /** {@code service} empty: the server as a whole. */
    record Grpc(String service) implements Probe {}

    record Icmp() implements Probe {}

    /** In {@code args}, {host} and {port} stand for the endpoint's. */
    record Exec(String command, List<String> args) implements Probe {
      public Exec {
        args = List.copyOf(args);
      }
    }
  }

  /** From and to are among them. */
  public record Statuses(int from, int to) {
    public static final Statuses USUAL = new Statuses(200, 399);
  }

  /** {@code serverName} empty: the host that the probe names, or the endpoint's. */
  public record Tls(String serverName, boolean verify) {}
}
