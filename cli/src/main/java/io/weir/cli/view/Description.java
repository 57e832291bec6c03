package io.weir.cli.view;

import com.google.protobuf.Duration;
import io.weir.cli.admin.Ref;
import io.weir.cli.yaml.Durations;
import io.weir.v1.AgentStatus;
import io.weir.v1.Commit;
import io.weir.v1.HealthCheck;
import io.weir.v1.ListenerSpec;
import io.weir.v1.PoolSpec;
import io.weir.v1.PoolStatus;
import io.weir.v1.Resource;
import io.weir.v1.RolloutSpec;
import io.weir.v1.RouteRule;
import io.weir.v1.Timeouts;
import io.weir.v1.Violation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** One resource at length: what is declared, defaults filled in, what is, and who refers to it. */
public final class Description {
  private static final Duration MINUTE = Duration.newBuilder().setSeconds(60).build();
  private static final Duration TWO_SECONDS = Duration.newBuilder().setSeconds(2).build();

  private final Around around;
  private final Paint paint;
  private final StringBuilder out = new StringBuilder();

  private Description(Around around, Paint paint) {
    this.around = around;
    this.paint = paint;
  }

  /**
   * What a description needs beside its resource.
   *
   * @param others every declared resource, for references
   * @param agents all agents, when a listener is described; may be empty otherwise
   * @param history of the resource, newest first
   * @param staged what becomes of the resource by a rollout that is under way
   */
  public record Around(
      List<Resource> others,
      List<Resource> agents,
      List<Commit> history,
      Optional<String> staged,
      Instant now) {
    public Around {
      others = List.copyOf(others);
      agents = List.copyOf(agents);
      history = List.copyOf(history);
    }
  }

  public static String of(Resource resource, Around around, Paint paint) {
    Description description = new Description(around, paint);
    description.header(resource);
    switch (Ref.of(resource).kind()) {
      case POOL -> description.pool(resource);
      case LISTENER -> description.listener(resource);
      case ROUTE -> description.route(resource);
      case ROLLOUT -> description.rollout(resource.getRollout().getSpec());
      case SCALER -> description.out.append(ScalerView.of(resource, around.now(), paint));
      case AGENT -> description.agent(resource);
    }
    description.history();
    return description.out.toString();
  }

  private void header(Resource resource) {
    var metadata = resource.getMetadata();
    line("Name", metadata.getName());
    line("Kind", Ref.of(resource).kind().title());
    lines("Labels", pairs(metadata.getLabelsMap()));
    lines("Annotations", pairs(metadata.getAnnotationsMap()));
    if (metadata.getRevision() > 0) {
      line("Revision", metadata.getRevision() + " (generation " + metadata.getGeneration() + ")");
      line("Created", Ages.timeAndAge(metadata.getCreated(), around.now()));
      line("Updated", Ages.timeAndAge(metadata.getUpdated(), around.now()));
    }
    around.staged().ifPresent(staged -> line("Staged", staged));
  }

  private void pool(Resource resource) {
    PoolSpec spec = resource.getPool().getSpec();
    line("Balance", ResourceRows.balance(spec.getBalance()));
    line("Health Check", check(spec));
    Timeouts timeouts = spec.getTimeouts();
    line(
        "Timeouts",
        "connect %s, response %s, idle %s, request %s"
            .formatted(
                time(timeouts.hasConnect() ? timeouts.getConnect() : TWO_SECONDS),
                time(timeouts.hasResponse() ? timeouts.getResponse() : MINUTE),
                time(timeouts.hasIdle() ? timeouts.getIdle() : MINUTE),
                timeouts.hasRequest() ? time(timeouts.getRequest()) : "any"));
    line(
        "Retries",
        String.valueOf(spec.getRetries().hasAttempts() ? spec.getRetries().getAttempts() : 2));
    PoolStatus status = resource.getPool().getStatus();
    if (status.getFloorDecision() > 0) {
      line(
          "Failover",
          "at priority %d by decision %d: %s"
              .formatted(status.getFloor(), status.getFloorDecision(), status.getFloorReason()));
    }
    if (spec.hasDiscovery()) {
      List<String> lines = new ArrayList<>();
      lines.add(Discoveries.wanted(spec.getDiscovery().getDns()));
      lines.addAll(Discoveries.standing(status.getDiscovery(), around.now()));
      lines("Discovery", lines);
    }
    List<EndpointView> endpoints = EndpointView.of(resource.getPool());
    endpoints(endpoints);
    List<String> users = users(Ref.of(resource).name());
    lines("Used By", users);
    if (!users.isEmpty() && endpoints.stream().noneMatch(endpoint -> endpoint.share() > 0)) {
      out.append(paint.bad("No endpoint can serve: requests for this pool are answered with 503."))
          .append('\n');
    }
  }

  private void endpoints(List<EndpointView> endpoints) {
    out.append("Endpoints:\n");
    Table table =
        new Table(
            List.of(
                "ADDRESS",
                "PRIORITY",
                "WEIGHT",
                "SHARE",
                "STATE",
                "VOTES",
                "IN-FLIGHT",
                "REQUESTS",
                "FAILURES"));
    for (EndpointView view : endpoints) {
      table.row(
          List.of(
              view.endpoint().getAddress(),
              String.valueOf(view.endpoint().getPriority()),
              String.valueOf(view.weight()),
              String.format(Locale.ROOT, "%.1f%%", 100 * view.share()),
              view.state().text(),
              votes(view),
              String.valueOf(view.status().getInFlight()),
              String.valueOf(view.status().getRequests()),
              String.valueOf(view.status().getFailures())));
    }
    out.append(table.render("  ", paint));
    for (EndpointView view : endpoints) {
      boolean decided = view.status().getDecision() > 0;
      if (decided) {
        out.append("  ")
            .append(
                "%s: %s by decision %d: %s\n"
                    .formatted(
                        view.endpoint().getAddress(),
                        DecisionRows.word(view.status().getVerdict()),
                        view.status().getDecision(),
                        Table.clean(view.status().getVerdictReason())));
      } else if (view.status().getUnhealthy() > 0 && !view.status().getReason().isEmpty()) {
        out.append("  ")
            .append(view.endpoint().getAddress())
            .append(": ")
            .append(Table.clean(view.status().getReason()))
            .append('\n');
      }
    }
  }

  /** Agents that find it healthy, of those that report it. */
  private static String votes(EndpointView view) {
    var status = view.status();
    int all = status.getHealthy() + status.getUnhealthy() + status.getUnknown();
    return all == 0 ? "-" : status.getHealthy() + "/" + all;
  }

  private static String check(PoolSpec spec) {
    HealthCheck check = spec.getHealth();
    Duration interval = check.hasInterval() ? check.getInterval() : TWO_SECONDS;
    Duration second = Duration.newBuilder().setSeconds(1).build();
    Duration fallback = interval.getSeconds() < 1 ? interval : second;
    String rhythm =
        " every %s, timeout %s, rise %d, fall %d"
                .formatted(
                    time(interval),
                    time(check.hasTimeout() ? check.getTimeout() : fallback),
                    check.getRise() == 0 ? 2 : check.getRise(),
                    check.getFall() == 0 ? 3 : check.getFall())
            + (check.hasDownInterval() ? ", down every " + time(check.getDownInterval()) : "");
    return switch (check.getProbeCase()) {
      case HTTP -> {
        String host = check.getHttp().getHost();
        String method = check.getHttp().getMethod();
        yield (check.getHttp().hasTls() ? "https " : "http ")
            + (method.isEmpty() ? "GET " : method + " ")
            + ResourceRows.path(check.getHttp().getPath())
            + (host.isEmpty() ? "" : " (Host: " + host + ")")
            + rhythm;
      }
      case TCP -> "tcp" + rhythm;
      case GRPC -> {
        String service = check.getGrpc().getService();
        yield "grpc" + (service.isEmpty() ? "" : " " + service) + rhythm;
      }
      case ICMP -> "icmp" + rhythm;
      case EXEC -> "exec " + check.getExec().getCommand() + rhythm;
      case PROBE_NOT_SET -> "<none>";
    };
  }

  private void listener(Resource resource) {
    ListenerSpec spec = resource.getListener().getSpec();
    String name = resource.getMetadata().getName();
    line("Bind", spec.getBind());
    ListenerView view = new ListenerView(spec);
    line("Protocol", view.protocol());
    if (view.isHttp()) {
      line("Trusted Hops", String.valueOf(spec.getTrustedHops()));
      line("Limits", view.limits());
    } else {
      line("Pool", spec.getPool());
    }
    line("Timeouts", view.timeouts());
    line(
        "Agents",
        spec.getAgentsCount() == 0 ? "all" : "with " + ResourceRows.labels(spec.getAgentsMap()));
    List<String> selected =
        around.agents().stream()
            .filter(agent -> selects(spec, agent))
            .map(agent ->
                agent.getMetadata().getName()
                    + " "
                    + ResourceRows.state(agent.getAgent().getStatus().getState()))
            .toList();
    lines("Runs On", selected);
    if (view.isHttp()) {
      routes(spec, name);
    }
  }

  private void routes(ListenerSpec spec, String name) {
    Table routes = new Table(List.of("HOSTS", "PATH", "POOL", "FROM"));
    spec.getRoutesList().forEach(rule -> routes.row(rule(rule, "listener/" + name)));
    for (Resource other : around.others()) {
      if (other.hasRoute() && other.getRoute().getSpec().getListenersList().contains(name)) {
        routes.row(rule(other.getRoute().getSpec().getRule(), Ref.of(other).toString()));
      }
    }
    table("Routes", routes);
  }

  private static boolean selects(ListenerSpec spec, Resource agent) {
    return agent
        .getMetadata()
        .getLabelsMap()
        .entrySet()
        .containsAll(spec.getAgentsMap().entrySet());
  }

  private static List<String> rule(RouteRule rule, String from) {
    return List.of(
        rule.getHostsCount() == 0 ? "*" : String.join(",", rule.getHostsList()),
        ResourceRows.path(rule.getPathPrefix()),
        rule.getPool(),
        from);
  }

  private void route(Resource resource) {
    RouteRule rule = resource.getRoute().getSpec().getRule();
    line("Listeners", String.join(", ", resource.getRoute().getSpec().getListenersList()));
    line("Hosts", rule.getHostsCount() == 0 ? "*" : String.join(", ", rule.getHostsList()));
    line("Path Prefix", ResourceRows.path(rule.getPathPrefix()));
    line("Pool", rule.getPool());
    List<String> edits = ListenerView.edits(rule);
    if (!edits.isEmpty()) {
      lines("Headers", edits);
    }
  }

  private void agent(Resource resource) {
    AgentStatus status = resource.getAgent().getStatus();
    raw("State", paint.state(ResourceRows.state(status.getState())));
    line("Since", Ages.timeAndAge(status.getSince(), around.now()));
    String reachability = ResourceRows.reachability(status);
    if (!reachability.isEmpty()) {
      line("Reachability", reachability);
    }
    if (status.getLocalHealth() > 0) {
      line("Doubts Itself", status.getLocalHealth() + " of 8");
    }
    if (!status.getDistrusted().isEmpty()) {
      line("Distrusted", status.getDistrusted());
    }
    line(
        "Runs Revision",
        status.getAckedRevision() + " (newest " + status.getDesiredRevision() + ")");
    line("Version", status.getVersion());
    line("Peer", status.getPeer());
    line("Instance", status.getInstance());
    lines(
        "Listeners",
        around.others().stream()
            .filter(other -> other.hasListener())
            .filter(other -> selects(other.getListener().getSpec(), resource))
            .map(other ->
                other.getMetadata().getName() + " on " + other.getListener().getSpec().getBind())
            .toList());
    if (status.getViolationsCount() > 0) {
      out.append("Rejected revision ").append(status.getRejectedRevision()).append(":\n");
      status.getViolationsList().forEach(v -> out.append("  ").append(text(v)).append('\n'));
    }
  }

  /** "Listener/web: bind: reason". */
  public static String text(Violation violation) {
    Stream<String> subject =
        violation.hasResource()
            ? Stream.of(violation.getResource().getKind() + "/" + violation.getResource().getName())
            : Stream.of();
    Stream<String> field =
        violation.getField().isEmpty() ? Stream.of() : Stream.of(violation.getField());
    return Table.clean(
        String.join(
            ": ",
            Stream.of(subject, field, Stream.of(violation.getReason()))
                .flatMap(part -> part)
                .toList()));
  }

  /** Who routes to {@code pool}, and what. */
  private List<String> users(String pool) {
    List<String> users = new ArrayList<>();
    for (Resource other : around.others()) {
      if (other.hasListener() && other.getListener().getSpec().getPool().equals(pool)) {
        ListenerSpec spec = other.getListener().getSpec();
        users.add(
            "%s (%s %s)"
                .formatted(Ref.of(other), new ListenerView(spec).protocol(), spec.getBind()));
      }
      List<RouteRule> rules =
          other.hasListener()
              ? other.getListener().getSpec().getRoutesList()
              : other.hasRoute() ? List.of(other.getRoute().getSpec().getRule()) : List.of();
      for (RouteRule rule : rules) {
        if (rule.getPool().equals(pool)) {
          String hosts = rule.getHostsCount() == 0 ? "*" : String.join(",", rule.getHostsList());
          users.add(
              Ref.of(other) + " (" + hosts + " " + ResourceRows.path(rule.getPathPrefix()) + ")");
        }
      }
    }
    return users;
  }

  private void rollout(RolloutSpec spec) {
    lines("Select", pairs(spec.getSelectMap()));
    line("Steps", RolloutRows.steps(spec.getStepsList()));
    line("Nacks allowed", String.valueOf(spec.getGates().getNacks()));
    line("Error gate", spec.getGates().getErrors().getOff() ? "off" : "on");
    line("Latency gate", spec.getGates().getLatency().getOff() ? "off" : "on");
  }

  private void history() {
    if (!around.history().isEmpty()) {
      table("History", CommitRows.of(around.history(), around.now()));
    }
  }

  private void table(String title, Table table) {
    if (table.isEmpty()) {
      line(title, "<none>");
      return;
    }
    out.append(title).append(":\n").append(table.render("  ", paint));
  }

  private void line(String title, String text) {
    raw(title, text.isEmpty() ? "<none>" : Table.clean(text));
  }

  private void raw(String title, String text) {
    out.append("%-15s%s\n".formatted(title + ":", text));
  }

  private void lines(String title, List<String> texts) {
    line(title, texts.isEmpty() ? "" : texts.getFirst());
    texts.stream().skip(1).forEach(text -> out.append(" ".repeat(15)).append(text).append('\n'));
  }

  private static List<String> pairs(Map<String, String> map) {
    return new TreeMap<>(map)
        .entrySet().stream()
            .map(entry -> Table.clean(entry.getKey() + "=" + entry.getValue()))
            .toList();
  }

  private static String time(Duration duration) {
    return Durations.format(
        java.time.Duration.ofSeconds(duration.getSeconds(), duration.getNanos()));
  }
}
