package io.weir.cli.view;

import io.weir.cli.admin.Kind;
import io.weir.cli.admin.Ref;
import io.weir.v1.AgentStatus;
import io.weir.v1.Balance;
import io.weir.v1.Hash;
import io.weir.v1.HealthCheck;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Pool;
import io.weir.v1.Resource;
import io.weir.v1.RolloutSpec;
import io.weir.v1.RouteSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The columns of each kind.
 *
 * @param wide with the columns that most do not need
 * @param prefixed names with their kind, as in "pool/backend"
 */
public record ResourceRows(Kind kind, boolean wide, boolean prefixed) {
  private static final int LISTED = 3;

  public List<String> headers() {
    List<String> headers = new ArrayList<>();
    headers.add("NAME");
    headers.addAll(
        switch (kind) {
          case POOL -> List.of("HEALTHY", "BALANCE", "AGE");
          case LISTENER -> List.of("BIND", "PROTOCOL", "ROUTES", "AGENTS", "AGE");
          case ROUTE -> List.of("LISTENERS", "HOSTS", "PATH", "POOL", "AGE");
          case ROLLOUT -> List.of("SELECT", "STEPS", "AGE");
          case SCALER -> List.of("POOL", "CURRENT", "DESIRED", "MIN", "MAX", "MODE", "AGE", "WHY");
          case AGENT -> List.of("STATE", "REVISION", "AGE", "VERSION", "PEER");
        });
    if (wide) {
      headers.addAll(
          switch (kind) {
            case POOL -> List.of("HEALTH-CHECK", "REVISION", "LABELS");
            case LISTENER, ROUTE, ROLLOUT, SCALER -> List.of("REVISION", "LABELS");
            case AGENT -> List.of("DESIRED", "LABELS");
          });
    }
    return headers;
  }

  public List<String> row(Resource resource, Instant now) {
    List<String> row = new ArrayList<>();
    row.add(prefixed ? Ref.of(resource).toString() : resource.getMetadata().getName());
    String age = Ages.since(resource.getMetadata().getCreated(), now);
    switch (kind) {
      case POOL -> {
        row.addAll(
            List.of(
                healthy(resource.getPool()),
                balance(resource.getPool().getSpec().getBalance()),
                age));
      }
      case LISTENER -> {
        ListenerSpec spec = resource.getListener().getSpec();
        row.addAll(
            List.of(
                spec.getBind(),
                new ListenerView(spec).protocol(),
                spec.getPool().isEmpty() ? String.valueOf(spec.getRoutesCount()) : "-",
                spec.getAgentsCount() == 0 ? "all" : labels(spec.getAgentsMap()),
                age));
      }
      case ROUTE -> {
        RouteSpec spec = resource.getRoute().getSpec();
        row.addAll(
            List.of(
                some(spec.getListenersList()),
                spec.getRule().getHostsCount() == 0 ? "*" : some(spec.getRule().getHostsList()),
                path(spec.getRule().getPathPrefix()),
                spec.getRule().getPool(),
                age));
      }
      case ROLLOUT -> {
        RolloutSpec spec = resource.getRollout().getSpec();
        row.addAll(
            List.of(
                spec.getSelectCount() == 0 ? "-" : labels(spec.getSelectMap()),
                RolloutRows.steps(spec.getStepsList()),
                age));
      }
      case SCALER -> row.addAll(ScalerView.cells(resource.getScaler(), age));
      case AGENT -> {
        AgentStatus status = resource.getAgent().getStatus();
        row.addAll(
            List.of(
                state(status),
                String.valueOf(status.getAckedRevision()),
                Ages.since(status.getSince(), now),
                orNone(status.getVersion()),
                orNone(status.getPeer())));
      }
    }
    if (wide) {
      row.addAll(more(resource));
    }
    return row;
  }

  private List<String> more(Resource resource) {
    String revision = String.valueOf(resource.getMetadata().getRevision());
    String labels = labels(resource.getMetadata().getLabelsMap());
    return switch (kind) {
      case POOL -> List.of(check(resource.getPool().getSpec().getHealth()), revision, labels);
      case LISTENER, ROUTE, ROLLOUT, SCALER -> List.of(revision, labels);
      case AGENT ->
          List.of(String.valueOf(resource.getAgent().getStatus().getDesiredRevision()), labels);
    };
  }

  /** "2/3"; "-/3" when nothing is probed. */
  private static String healthy(Pool pool) {
    List<EndpointView> endpoints = EndpointView.of(pool);
    String healthy =
        pool.getSpec().hasHealth()
            ? String.valueOf(endpoints.stream().filter(EndpointView::healthy).count())
            : "-";
    return healthy + "/" + endpoints.size();
  }

  static String balance(Balance balance) {
    return switch (balance.getPolicyCase()) {
      case ROUND_ROBIN -> "round_robin";
      case LEAST_CONNECTIONS -> "least_connections";
      case RANDOM -> "random";
      case POWER_OF_TWO -> "power_of_two";
      case LEAST_LATENCY, POLICY_NOT_SET -> "least_latency";
      case HASH -> "hash " + key(balance.getHash());
    };
  }

  private static String key(Hash hash) {
    return switch (hash.getKeyCase()) {
      case CLIENT_IP -> "client_ip";
      case PATH -> "path";
      case URL -> "url";
      case HEADER -> "header " + hash.getHeader();
      case COOKIE -> "cookie " + hash.getCookie();
      case KEY_NOT_SET -> "?";
    };
  }

  private static String check(HealthCheck check) {
    return switch (check.getProbeCase()) {
      case HTTP ->
          (check.getHttp().hasTls() ? "https " : "http ") + path(check.getHttp().getPath());
      case TCP -> "tcp";
      case GRPC -> "grpc";
      case ICMP -> "icmp";
      case EXEC -> "exec " + check.getExec().getCommand();
      case PROBE_NOT_SET -> "<none>";
    };
  }

  static String path(String prefix) {
    return prefix.isEmpty() ? "/" : prefix;
  }

  static String state(AgentStatus.State state) {
    return switch (state) {
      case STATE_UNSPECIFIED, UNRECOGNIZED -> "UNKNOWN";
      case STATE_SYNCING, STATE_SYNCED, STATE_REJECTED, STATE_STALE ->
          state.name().substring("STATE_".length()).toUpperCase(Locale.ROOT);
    };
  }

  /** Of one that is not connected, what its peers hold of it. */
  static String state(AgentStatus status) {
    String state = state(status.getState());
    if (!status.getDistrusted().isEmpty()) {
      state += ", distrusted";
    }
    return switch (status.getReachability()) {
      case REACHABILITY_CUT_OFF -> state + ", alive to " + status.getAliveTo();
      case REACHABILITY_DEAD -> state + ", dead";
      case REACHABILITY_LEFT -> state + ", left";
      case REACHABILITY_CONNECTED, REACHABILITY_UNKNOWN, REACHABILITY_UNSPECIFIED, UNRECOGNIZED ->
          state;
    };
  }

  /** "cut off from the controller, alive to 3 agents". */
  static String reachability(AgentStatus status) {
    String agents = status.getAliveTo() == 1 ? "1 agent" : status.getAliveTo() + " agents";
    return switch (status.getReachability()) {
      case REACHABILITY_CONNECTED -> "connected, alive to " + agents;
      case REACHABILITY_CUT_OFF -> "cut off from the controller, alive to " + agents;
      case REACHABILITY_DEAD -> "dead to its peers";
      case REACHABILITY_LEFT -> "left";
      case REACHABILITY_UNKNOWN -> "not connected, and no agent knows of it";
      case REACHABILITY_UNSPECIFIED, UNRECOGNIZED -> "";
    };
  }

  static String labels(Map<String, String> labels) {
    return labels.isEmpty()
        ? "<none>"
        : new TreeMap<>(labels)
            .entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .collect(Collectors.joining(","));
  }

  private static String some(List<String> names) {
    return names.size() <= LISTED
        ? String.join(",", names)
        : String.join(",", names.subList(0, LISTED)) + " + " + (names.size() - LISTED) + " more";
  }

  private static String orNone(String text) {
    return text.isEmpty() ? "<none>" : text;
  }
}
