package io.weir.cli;

import com.google.protobuf.Any;
import com.google.protobuf.Timestamp;
import com.google.rpc.Code;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.weir.cli.admin.Kind;
import io.weir.cli.admin.Ref;
import io.weir.v1.AdminServiceGrpc.AdminServiceImplBase;
import io.weir.v1.Agent;
import io.weir.v1.AgentStatus;
import io.weir.v1.ApplyRequest;
import io.weir.v1.ApplyResponse;
import io.weir.v1.ApplyResult;
import io.weir.v1.AuditRecord;
import io.weir.v1.AuditRequest;
import io.weir.v1.AuditResponse;
import io.weir.v1.AvailabilityRequest;
import io.weir.v1.AvailabilityResponse;
import io.weir.v1.AwaitProgress;
import io.weir.v1.AwaitRequest;
import io.weir.v1.ClusterRequest;
import io.weir.v1.ClusterResponse;
import io.weir.v1.Commit;
import io.weir.v1.Decision;
import io.weir.v1.DeleteRequest;
import io.weir.v1.DeleteResponse;
import io.weir.v1.Endpoint;
import io.weir.v1.EndpointStatus;
import io.weir.v1.EventsRequest;
import io.weir.v1.ExplainRequest;
import io.weir.v1.ExplainResponse;
import io.weir.v1.GetRequest;
import io.weir.v1.HistoryRequest;
import io.weir.v1.HistoryResponse;
import io.weir.v1.ListRequest;
import io.weir.v1.ListResponse;
import io.weir.v1.ListRolloutsRequest;
import io.weir.v1.ListRolloutsResponse;
import io.weir.v1.Metadata;
import io.weir.v1.PoolAvailability;
import io.weir.v1.PoolStatus;
import io.weir.v1.Resource;
import io.weir.v1.RollbackRequest;
import io.weir.v1.RouteRule;
import io.weir.v1.SimulateScalerRequest;
import io.weir.v1.SimulateScalerResponse;
import io.weir.v1.StagedChange;
import io.weir.v1.Violation;
import io.weir.v1.Violations;
import io.weir.v1.WatchEvent;
import io.weir.v1.WatchRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A controller's admin API over a map: revisions, conflicts, dry runs, references, history,
 * rollback and watches as weir.v1 has them. Thread-safe.
 */
final class FakeAdmin extends AdminServiceImplBase {
  private static final Comparator<Ref> ORDER =
      Comparator.comparing(Ref::kind).thenComparing(Ref::name);

  private final Instant now;
  private final List<Map<Ref, Resource>> revisions = new ArrayList<>(List.of(new TreeMap<>(ORDER)));
  private final List<Commit> commits = new ArrayList<>();
  private final Map<Ref, Resource> agents = new TreeMap<>(ORDER);
  private final Map<String, PoolStatus> poolStatus = new HashMap<>();
  private final List<Watcher> watchers = new ArrayList<>();
  private final List<Decision> decisions = new ArrayList<>();
  private final List<PoolAvailability> availability = new ArrayList<>();
  private SimulateScalerResponse simulation = SimulateScalerResponse.getDefaultInstance();
  private SimulateScalerRequest asked = SimulateScalerRequest.getDefaultInstance();
  private final List<AuditRecord> audited = new ArrayList<>();
  private final List<StagedChange> staged = new ArrayList<>();
  private final List<AwaitProgress> progress = new ArrayList<>();
  private AwaitRequest awaited = AwaitRequest.getDefaultInstance();
  private ClusterResponse cluster = ClusterResponse.getDefaultInstance();
  private ExplainResponse explanation = ExplainResponse.getDefaultInstance();
  private int rivals;
  private Optional<StatusRuntimeException> broken = Optional.empty();
  private boolean mute;

  FakeAdmin(Instant now) {
    this.now = now;
  }

  private record Watcher(WatchRequest request, StreamObserver<WatchEvent> out) {}

  /** Before each of the next {@code times} applies somebody else changes the same resources. */
  synchronized void rivals(int times) {
    rivals = times;
  }

  /** Every call fails so from now on. */
  synchronized void fail(Status status) {
    broken = Optional.of(status.asRuntimeException());
  }

  /** No call is answered any more. */
  synchronized void mute() {
    mute = true;
  }

  synchronized void agent(String name, Map<String, String> labels, AgentStatus status) {
    Resource agent =
        Resource.newBuilder()
            .setMetadata(Metadata.newBuilder().setName(name).putAllLabels(labels))
            .setAgent(Agent.newBuilder().setStatus(status))
            .build();
    agents.put(Ref.of(agent), agent);
  }

  synchronized void status(String pool, EndpointStatus... endpoints) {
    status(pool, PoolStatus.newBuilder().addAllEndpoints(List.of(endpoints)).build());
  }

  synchronized void status(String pool, PoolStatus status) {
    poolStatus.put(pool, status);
  }

  synchronized void explained(ExplainResponse explained) {
    explanation = explained;
  }

  synchronized void simulated(SimulateScalerResponse answer) {
    simulation = answer;
  }

  /** What was to be simulated last. */
  synchronized SimulateScalerRequest asked() {
    return asked;
  }

  @Override
  public synchronized void simulateScaler(
      SimulateScalerRequest request, StreamObserver<SimulateScalerResponse> out) {
    asked = request;
    answer(out, () -> simulation);
  }

  synchronized void decided(Decision... all) {
    decisions.addAll(List.of(all));
  }

  synchronized void available(PoolAvailability... all) {
    availability.addAll(List.of(all));
  }

  synchronized void audited(AuditRecord... all) {
    audited.addAll(List.of(all));
  }

  synchronized void staged(StagedChange... all) {
    staged.addAll(List.of(all));
  }

  @Override
  public void audit(AuditRequest request, StreamObserver<AuditResponse> out) {
    answer(
        out,
        () ->
            AuditResponse.newBuilder()
                .addAllRecords(audited.stream().limit(request.getLimit()).toList())
                .build());
  }

  @Override
  public void listRollouts(ListRolloutsRequest request, StreamObserver<ListRolloutsResponse> out) {
    answer(out, () -> ListRolloutsResponse.newBuilder().addAllRollouts(staged).build());
  }

  @Override
  public void explain(ExplainRequest request, StreamObserver<ExplainResponse> out) {
    answer(
        out,
        () -> {
          Ref asked =
              request.getScaler().isEmpty()
                  ? new Ref(Kind.POOL, request.getPool())
                  : new Ref(Kind.SCALER, request.getScaler());
          if (!current().containsKey(asked)) {
            throw Status.NOT_FOUND.withDescription("no such").asRuntimeException();
          }
          return explanation;
        });
  }

  @Override
  public synchronized void events(EventsRequest request, StreamObserver<Decision> out) {
    decisions.stream().limit(request.getLimit()).forEach(out::onNext);
    out.onCompleted();
  }

  @Override
  public void availability(AvailabilityRequest request, StreamObserver<AvailabilityResponse> out) {
    answer(out, () -> AvailabilityResponse.newBuilder().addAllPools(availability).build());
  }

  /** What is told to one who waits; the call stays open unless the last is reached. */
  synchronized void progress(AwaitProgress... all) {
    progress.addAll(List.of(all));
  }

  /** What the last who waited asked for. */
  synchronized AwaitRequest awaited() {
    return awaited;
  }

  @Override
  public synchronized void await(AwaitRequest request, StreamObserver<AwaitProgress> out) {
    awaited = request;
    for (AwaitProgress one : progress) {
      out.onNext(one);
      if (one.getReached()) {
        out.onCompleted();
      }
    }
  }

  synchronized int watchers() {
    return watchers.size();
  }

  synchronized long revision() {
    return revisions.size() - 1L;
  }

  @Override
  public void apply(ApplyRequest request, StreamObserver<ApplyResponse> out) {
    answer(out, () -> apply(request));
  }

  private ApplyResponse apply(ApplyRequest request) {
    if (rivals > 0 && !request.getDryRun()) {
      rivals--;
      write(request.getResourcesList().stream().map(this::touched).toList(), "rival", "");
    }
    List<Violation> violations = violations(request.getResourcesList());
    if (!violations.isEmpty()) {
      throw refusal(Code.INVALID_ARGUMENT, violations);
    }
    for (Resource resource : request.getResourcesList()) {
      long revision = revisionOf(Ref.of(resource));
      long wanted = resource.getMetadata().getRevision();
      boolean stale =
          (wanted > 0 && wanted != revision)
              || (request.hasExpectedRevision() && request.getExpectedRevision() != revision);
      if (stale) {
        throw Status.ABORTED.withDescription("a revision is not as expected").asRuntimeException();
      }
    }
    return request.getDryRun()
        ? ApplyResponse.newBuilder()
            .setRevision(revision())
            .addAllResults(request.getResourcesList().stream().map(this::outcome).toList())
            .build()
        : write(request.getResourcesList(), request.getAuthor(), request.getMessage());
  }

  @Override
  public void get(GetRequest request, StreamObserver<Resource> out) {
    answer(
        out,
        () -> {
          Ref ref = Ref.of(request.getResource());
          Map<Ref, Resource> state =
              request.getAtRevision() == 0
                  ? current()
                  : revisions.get((int) request.getAtRevision());
          return Optional.ofNullable(ref.kind() == Kind.AGENT ? agents.get(ref) : state.get(ref))
              .map(this::withStatus)
              .orElseThrow(() -> Status.NOT_FOUND.withDescription("no such").asRuntimeException());
        });
  }

  /** As the controllers are from now on. */
  void cluster(ClusterResponse now) {
    cluster = now;
  }

  @Override
  public void cluster(ClusterRequest request, StreamObserver<ClusterResponse> out) {
    answer(out, () -> cluster);
  }

  @Override
  public void list(ListRequest request, StreamObserver<ListResponse> out) {
    answer(
        out,
        () ->
            ListResponse.newBuilder()
                .setRevision(revision())
                .addAllResources(
                    (request.getKind().equals("Agent") ? agents : current())
                        .values().stream()
                            .filter(r -> selected(r, request.getKind(), "", request.getLabelsMap()))
                            .map(this::withStatus)
                            .toList())
                .build());
  }

  @Override
  public void delete(DeleteRequest request, StreamObserver<DeleteResponse> out) {
    answer(
        out,
        () -> {
          Map<Ref, Resource> next = new TreeMap<>(ORDER);
          next.putAll(current());
          Commit.Builder commit = commit(request.getAuthor(), request.getMessage());
          for (var resource : request.getResourcesList()) {
            Ref ref = Ref.of(resource);
            if (next.remove(ref) == null) {
              throw Status.NOT_FOUND.withDescription("no such").asRuntimeException();
            }
            if (request.hasExpectedRevision() && request.getExpectedRevision() != revisionOf(ref)) {
              throw Status.ABORTED.withDescription("not as expected").asRuntimeException();
            }
            commit.addChanges(change(ref, ApplyResult.Outcome.OUTCOME_DELETED));
          }
          List<Violation> open = openReferences(next);
          if (!open.isEmpty()) {
            throw refusal(Code.FAILED_PRECONDITION, open);
          }
          if (!request.getDryRun()) {
            advance(next, commit);
          }
          return DeleteResponse.newBuilder().setRevision(revision()).build();
        });
  }

  @Override
  public synchronized void watch(WatchRequest request, StreamObserver<WatchEvent> out) {
    if (broken.isPresent()) {
      out.onError(broken.get());
      return;
    }
    if (mute) {
      return;
    }
    current().values().stream()
        .filter(r -> selected(r, request.getKind(), request.getName(), request.getLabelsMap()))
        .forEach(r -> out.onNext(event(WatchEvent.Type.TYPE_PUT, r)));
    out.onNext(
        WatchEvent.newBuilder()
            .setType(WatchEvent.Type.TYPE_BOOKMARK)
            .setRevision(revision())
            .build());
    watchers.add(new Watcher(request, out));
  }

  /** Ends all watches in good order. */
  synchronized void endWatches() {
    watchers.forEach(watcher -> watcher.out().onCompleted());
    watchers.clear();
  }

  @Override
  public void history(HistoryRequest request, StreamObserver<HistoryResponse> out) {
    answer(
        out,
        () ->
            HistoryResponse.newBuilder()
                .addAllCommits(
                    commits.reversed().stream()
                        .filter(commit ->
                            !request.hasResource()
                                || commit.getChangesList().stream()
                                    .anyMatch(c -> c.getResource().equals(request.getResource())))
                        .limit(request.getLimit())
                        .toList())
                .build());
  }

  @Override
  public void rollback(RollbackRequest request, StreamObserver<ApplyResponse> out) {
    answer(
        out,
        () -> {
          if (request.getRevision() > revision()) {
            throw Status.NOT_FOUND
                .withDescription("there is no revision " + request.getRevision() + " yet")
                .asRuntimeException();
          }
          Map<Ref, Resource> then = revisions.get((int) request.getRevision());
          Map<Ref, Resource> next = new TreeMap<>(ORDER);
          next.putAll(current());
          ApplyResponse.Builder response = ApplyResponse.newBuilder();
          Commit.Builder commit = commit(request.getAuthor(), request.getMessage());
          Set<Ref> refs = new HashSet<>(then.keySet());
          refs.addAll(next.keySet());
          refs.stream()
              .sorted(ORDER)
              .filter(r -> !request.hasResource() || r.proto().equals(request.getResource()))
              .forEach(ref -> restore(ref, then, next, commit, response));
          if (!request.getDryRun()) {
            advance(next, commit);
          }
          return response.setRevision(revision()).build();
        });
  }

  private void restore(
      Ref ref,
      Map<Ref, Resource> then,
      Map<Ref, Resource> next,
      Commit.Builder commit,
      ApplyResponse.Builder response) {
    Optional<Resource> old = Optional.ofNullable(then.get(ref));
    ApplyResult.Outcome outcome;
    if (old.isEmpty()) {
      next.remove(ref);
      outcome = ApplyResult.Outcome.OUTCOME_DELETED;
    } else {
      ApplyResult result = outcome(old.get().toBuilder().build());
      if (result.getOutcome() == ApplyResult.Outcome.OUTCOME_UNCHANGED) {
        return;
      }
      next.put(ref, result.getAfter());
      outcome = result.getOutcome();
    }
    commit.addChanges(change(ref, outcome));
    response.addResults(ApplyResult.newBuilder().setResource(ref.proto()).setOutcome(outcome));
  }

  private synchronized <T> void answer(StreamObserver<T> out, Supplier<T> call) {
    if (mute) {
      return;
    }
    try {
      if (broken.isPresent()) {
        throw broken.get();
      }
      T answer = call.get();
      out.onNext(answer);
      out.onCompleted();
    } catch (StatusRuntimeException e) {
      out.onError(e);
    }
  }

  private Map<Ref, Resource> current() {
    return revisions.getLast();
  }

  private long revisionOf(Ref ref) {
    return Optional.ofNullable(current().get(ref))
        .map(resource -> resource.getMetadata().getRevision())
        .orElse(0L);
  }

  private Resource touched(Resource resource) {
    return resource.toBuilder()
        .setMetadata(
            resource.getMetadata().toBuilder()
                .setRevision(0)
                .putAnnotations("touched", "at " + revision()))
        .build();
  }

  private ApplyResponse write(List<Resource> resources, String author, String message) {
    Map<Ref, Resource> next = new TreeMap<>(ORDER);
    next.putAll(current());
    ApplyResponse.Builder response = ApplyResponse.newBuilder();
    Commit.Builder commit = commit(author, message);
    for (Resource resource : resources) {
      ApplyResult result = outcome(resource);
      response.addResults(result);
      if (result.getOutcome() != ApplyResult.Outcome.OUTCOME_UNCHANGED) {
        next.put(Ref.of(resource), result.getAfter());
        commit.addChanges(change(Ref.of(resource), result.getOutcome()));
      }
    }
    advance(next, commit);
    return response.setRevision(revision()).build();
  }

  private void advance(Map<Ref, Resource> next, Commit.Builder commit) {
    if (commit.getChangesCount() == 0) {
      return;
    }
    Map<Ref, Resource> before = current();
    commits.add(commit.setRevision(revision() + 1).build());
    revisions.add(next);
    for (Commit.Change change : commit.getChangesList()) {
      Ref ref = Ref.of(change.getResource());
      Optional<Resource> gone = Optional.ofNullable(next.containsKey(ref) ? null : before.get(ref));
      WatchEvent event =
          gone.map(resource -> event(WatchEvent.Type.TYPE_DELETED, resource))
              .orElseGet(() -> event(WatchEvent.Type.TYPE_PUT, next.getOrDefault(ref, none())));
      for (Watcher watcher : watchers) {
        WatchRequest wanted = watcher.request();
        if (selected(
            event.getResource(), wanted.getKind(), wanted.getName(), wanted.getLabelsMap())) {
          watcher.out().onNext(event);
        }
      }
    }
  }

  private static Resource none() {
    return Resource.getDefaultInstance();
  }

  private WatchEvent event(WatchEvent.Type type, Resource resource) {
    return WatchEvent.newBuilder()
        .setType(type)
        .setResource(withStatus(resource))
        .setRevision(revision())
        .build();
  }

  private ApplyResult outcome(Resource resource) {
    Ref ref = Ref.of(resource);
    ApplyResult.Builder result = ApplyResult.newBuilder().setResource(ref.proto());
    Optional<Resource> before = Optional.ofNullable(current().get(ref));
    before.ifPresent(result::setBefore);
    Metadata old = before.map(Resource::getMetadata).orElse(Metadata.getDefaultInstance());
    boolean same = before.isPresent() && declared(before.get()).equals(declared(resource));
    if (same) {
      return result
          .setOutcome(ApplyResult.Outcome.OUTCOME_UNCHANGED)
          .setAfter(before.get())
          .build();
    }
    Metadata.Builder metadata =
        resource.getMetadata().toBuilder()
            .setRevision(revision() + 1)
            .setGeneration(old.getGeneration() + 1)
            .setCreated(before.isPresent() ? old.getCreated() : timestamp())
            .setUpdated(timestamp());
    return result
        .setOutcome(
            before.isPresent()
                ? ApplyResult.Outcome.OUTCOME_CONFIGURED
                : ApplyResult.Outcome.OUTCOME_CREATED)
        .setAfter(resource.toBuilder().setMetadata(metadata))
        .build();
  }

  private static Resource declared(Resource resource) {
    Metadata.Builder metadata =
        resource.getMetadata().toBuilder()
            .clearRevision()
            .clearGeneration()
            .clearCreated()
            .clearUpdated();
    return resource.toBuilder().setMetadata(metadata).build();
  }

  private Timestamp timestamp() {
    return Timestamp.newBuilder().setSeconds(now.getEpochSecond() - 60).build();
  }

  private Commit.Builder commit(String author, String message) {
    return Commit.newBuilder().setTime(timestamp()).setAuthor(author).setMessage(message);
  }

  private static Commit.Change change(Ref ref, ApplyResult.Outcome outcome) {
    return Commit.Change.newBuilder().setResource(ref.proto()).setOutcome(outcome).build();
  }

  private Resource withStatus(Resource resource) {
    PoolStatus status = poolStatus.get(resource.getMetadata().getName());
    return resource.hasPool() && status != null
        ? resource.toBuilder().setPool(resource.getPool().toBuilder().setStatus(status)).build()
        : resource;
  }

  private static boolean selected(
      Resource resource, String kind, String name, Map<String, String> labels) {
    Ref ref = Ref.of(resource);
    return (kind.isEmpty() || ref.kind().title().equals(kind))
        && (name.isEmpty() || ref.name().equals(name))
        && resource.getMetadata().getLabelsMap().entrySet().containsAll(labels.entrySet());
  }

  private List<Violation> violations(List<Resource> resources) {
    Map<Ref, Resource> next = new TreeMap<>(ORDER);
    next.putAll(current());
    resources.forEach(resource -> next.put(Ref.of(resource), resource));
    List<Violation> violations = new ArrayList<>();
    for (Resource resource : resources) {
      int index = 0;
      for (Endpoint endpoint : resource.getPool().getSpec().getEndpointsList()) {
        if (endpoint.getWeight() < 0) {
          violations.add(
              violation(
                  Ref.of(resource),
                  "endpoints[" + index + "].weight",
                  "must be 0 to 65535, not " + endpoint.getWeight()));
        }
        index++;
      }
    }
    violations.addAll(openReferences(next));
    return violations;
  }

  private static List<Violation> openReferences(Map<Ref, Resource> state) {
    List<Violation> open = new ArrayList<>();
    state.forEach((ref, resource) -> {
      int index = 0;
      for (RouteRule rule : resource.getListener().getSpec().getRoutesList()) {
        if (!state.containsKey(new Ref(Kind.POOL, rule.getPool()))) {
          String field = "routes[" + index + "].pool";
          open.add(violation(ref, field, "there is no pool \"" + rule.getPool() + "\""));
        }
        index++;
      }
    });
    return open;
  }

  private static Violation violation(Ref ref, String field, String reason) {
    return Violation.newBuilder()
        .setResource(ref.proto())
        .setField(field)
        .setReason(reason)
        .build();
  }

  private static StatusRuntimeException refusal(Code code, List<Violation> violations) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(code.getNumber())
            .setMessage(violations.size() + " violations")
            .addDetails(Any.pack(Violations.newBuilder().addAllViolations(violations).build()))
            .build());
  }
}
