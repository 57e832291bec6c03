package io.weir.controller.admin;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weir.controller.admin.Answer.Refusal;
import io.weir.controller.model.Config;
import io.weir.controller.model.Kind;
import io.weir.controller.model.Nearest;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.reconcile.ControlLoop;
import io.weir.controller.reconcile.DecisionHistory;
import io.weir.controller.reconcile.Identity;
import io.weir.controller.reconcile.Image;
import io.weir.controller.reconcile.Questions;
import io.weir.controller.reconcile.RolloutLog;
import io.weir.controller.reconcile.Watchers;
import io.weir.controller.security.AuditLog;
import io.weir.controller.store.Journal;
import io.weir.controller.store.Store;
import io.weir.controller.store.StoreException;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.ApplyRequest;
import io.weir.v1.ApplyResponse;
import io.weir.v1.AuditRequest;
import io.weir.v1.AuditResponse;
import io.weir.v1.AvailabilityRequest;
import io.weir.v1.AvailabilityResponse;
import io.weir.v1.AwaitProgress;
import io.weir.v1.AwaitRequest;
import io.weir.v1.ClusterRequest;
import io.weir.v1.ClusterResponse;
import io.weir.v1.Decision;
import io.weir.v1.DeleteRequest;
import io.weir.v1.DeleteResponse;
import io.weir.v1.EventsRequest;
import io.weir.v1.ExplainRequest;
import io.weir.v1.ExplainResponse;
import io.weir.v1.ExportPart;
import io.weir.v1.ExportRequest;
import io.weir.v1.GetRequest;
import io.weir.v1.GetRolloutRequest;
import io.weir.v1.HistoryRequest;
import io.weir.v1.HistoryResponse;
import io.weir.v1.ImportResponse;
import io.weir.v1.JoinRequest;
import io.weir.v1.JoinToken;
import io.weir.v1.ListRequest;
import io.weir.v1.ListResponse;
import io.weir.v1.ListRolloutsRequest;
import io.weir.v1.ListRolloutsResponse;
import io.weir.v1.RegisterRequest;
import io.weir.v1.RegisterResponse;
import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;
import io.weir.v1.RollbackRequest;
import io.weir.v1.SimulateScalerRequest;
import io.weir.v1.SimulateScalerResponse;
import io.weir.v1.StagedChange;
import io.weir.v1.SteerRolloutRequest;
import io.weir.v1.WatchEvent;
import io.weir.v1.WatchRequest;
import io.weir.v1.WatchRolloutRequest;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin API. Reads of what is declared come from the store, so they show every write that was
 * acknowledged before; status and agents come from the loop. Calls block, on virtual threads.
 */
public final class AdminService extends AdminServiceGrpc.AdminServiceImplBase {
  private static final Logger log = LoggerFactory.getLogger(AdminService.class);
  private static final int DEFAULT_COMMITS = 20;
  private static final int MAX_COMMITS = 1_000;

  private final Journal journal;
  private final Questions questions;
  private final ConfigWriter writer;
  private final RolloutCalls rollouts;
  private final AgentRemoval agents;
  private final ScalerTrial trial;
  private final Identity identity;
  private final ClusterView cluster;
  private final Transfers transfers;
  private final AuditLog audit;

  public AdminService(
      Store store,
      Journal journal,
      ControlLoop loop,
      Identity identity,
      Transfers transfers,
      AuditLog audit,
      InstantSource clock) {
    this.identity = identity;
    this.audit = audit;
    this.transfers = transfers;
    this.journal = journal;
    this.questions = loop.questions();
    this.writer = new ConfigWriter(store, journal, clock);
    this.rollouts = new RolloutCalls(new RolloutLog(store, journal, clock), questions, clock);
    this.agents = new AgentRemoval(store, questions);
    this.trial = new ScalerTrial(clock);
    this.cluster = new ClusterView(store, loop, identity);
  }

  @Override
  public void apply(ApplyRequest request, StreamObserver<ApplyResponse> responses) {
    answer(responses, () -> writer.apply(request));
  }

  @Override
  public void get(GetRequest request, StreamObserver<Resource> responses) {
    answer(responses, () -> key(request.getResource()).then(key -> get(key, request)));
  }

  private Answer<Resource> get(ResourceKey key, GetRequest request) {
    long revision = request.getAtRevision();
    if (!key.kind().declared()) {
      return revision == 0
          ? agent(key)
          : Answer.refused(new Refusal.Malformed("agents have no history; leave at_revision out"));
    }
    if (revision == 0) {
      return found(Image.config(journal.read()), key, "")
          .then(resource -> Answer.done(questions.withStatus(List.of(resource)).getFirst()));
    }
    return writer.at(revision).then(config -> found(config, key, " at revision " + revision));
  }

  static Answer<Resource> found(Config config, ResourceKey key, String when) {
    return config
        .get(key)
        .map(Answer::done)
        .orElseGet(() -> Answer.refused(new Refusal.Missing(Planner.missing(config, key) + when)));
  }

  private Answer<Resource> agent(ResourceKey key) {
    return questions
        .agent(key.name())
        .map(Answer::done)
        .orElseGet(() ->
            Answer.refused(
                new Refusal.Missing(
                    Nearest.missing(
                        key,
                        questions.agents().resources().stream()
                            .map(agent -> agent.getMetadata().getName())
                            .toList()))));
  }

  @Override
  public void list(ListRequest request, StreamObserver<ListResponse> responses) {
    answer(responses, () -> kind(request.getKind()).then(kind -> list(kind, request)));
  }

  private Answer<ListResponse> list(Optional<Kind> kind, ListRequest request) {
    if (kind.equals(Optional.of(Kind.AGENT))) {
      Questions.Listed listed = questions.agents();
      return Answer.done(response(listed.revision(), listed.resources(), request));
    }
    if (request.getAtRevision() != 0) {
      return writer
          .at(request.getAtRevision())
          .then(config ->
              Answer.done(
                  response(
                      request.getAtRevision(),
                      config.resources().entrySet().stream()
                          .filter(entry -> kind.isEmpty() || entry.getKey().kind() == kind.get())
                          .map(Map.Entry::getValue)
                          .toList(),
                      request)));
    }
    Journal.State state = journal.read();
    List<Resource> resources =
        Image.config(state).resources().entrySet().stream()
            .filter(entry -> kind.isEmpty() || entry.getKey().kind() == kind.get())
            .map(Map.Entry::getValue)
            .toList();
    return Answer.done(response(state.revision(), questions.withStatus(resources), request));
  }

  private static ListResponse response(
      long revision, List<Resource> resources, ListRequest request) {
    return ListResponse.newBuilder()
        .setRevision(revision)
        .addAllResources(
            resources.stream()
                .filter(resource ->
                    resource
                        .getMetadata()
                        .getLabelsMap()
                        .entrySet()
                        .containsAll(request.getLabelsMap().entrySet()))
                .toList())
        .build();
  }

  @Override
  public void delete(DeleteRequest request, StreamObserver<DeleteResponse> responses) {
    answer(
        responses,
        () -> {
          List<ResourceRef> refs = request.getResourcesList();
          Optional<Refusal> unknown = Planner.unknownKind(refs);
          if (unknown.isPresent()) {
            return Answer.refused(unknown.get());
          }
          long count = refs.stream().filter(ref -> ref.getKind().equals("Agent")).count();
          if (count == 0) {
            return writer
                .delete(request)
                .then(response ->
                    Answer.done(
                        DeleteResponse.newBuilder()
                            .setRevision(response.getRevision())
                            .setRollout(response.getRollout())
                            .build()));
          }
          return count == refs.size()
              ? agents.remove(request).then(AdminService::deleted)
              : Answer.refused(
                  new Refusal.Malformed(
                      "agents and what is declared cannot be deleted in one request"));
        });
  }

  private static Answer<DeleteResponse> deleted(long revision) {
    return Answer.done(DeleteResponse.newBuilder().setRevision(revision).build());
  }

  @Override
  public void watch(WatchRequest request, StreamObserver<WatchEvent> responses) {
    ServerCallStreamObserver<WatchEvent> calls = (ServerCallStreamObserver<WatchEvent>) responses;
    switch (kind(request.getKind())) {
      case Answer.Refused<Optional<Kind>> refused ->
          calls.onError(StatusMapper.exception(refused.refusal()));
      case Answer.Done<Optional<Kind>> kind -> {
        WatchStream stream = new WatchStream(calls);
        Runnable end =
            questions.watch(
                new Watchers.Filter(kind.value(), request.getName(), request.getLabelsMap()),
                stream);
        calls.setOnReadyHandler(stream::flush);
        calls.setOnCancelHandler(() -> {
          stream.cancelled();
          end.run();
        });
      }
    }
  }

  @Override
  public void history(HistoryRequest request, StreamObserver<HistoryResponse> responses) {
    answer(responses, () -> history(request));
  }

  private Answer<HistoryResponse> history(HistoryRequest request) {
    int limit = request.getLimit() == 0 ? DEFAULT_COMMITS : request.getLimit();
    if (limit < 1 || limit > MAX_COMMITS) {
      return Answer.refused(
          new Refusal.Malformed(
              "limit must be 1 to %d, is %d".formatted(MAX_COMMITS, request.getLimit())));
    }
    if (!request.hasResource()) {
      return Answer.done(commits(journal.entries(limit)));
    }
    return key(request.getResource())
        .then(AdminService::declared)
        .then(key -> Answer.done(commits(journal.entries(limit, key.storeKey()))));
  }

  private static HistoryResponse commits(List<Journal.Recorded> entries) {
    return HistoryResponse.newBuilder()
        .addAllCommits(entries.stream().map(Journal.Recorded::commit).toList())
        .build();
  }

  @Override
  public void audit(AuditRequest request, StreamObserver<AuditResponse> responses) {
    int limit = request.getLimit() == 0 ? DEFAULT_COMMITS : request.getLimit();
    answer(
        responses,
        () ->
            limit < 1 || limit > MAX_COMMITS
                ? Answer.refused(
                    new Refusal.Malformed(
                        "limit must be 1 to %d, is %d".formatted(MAX_COMMITS, limit)))
                : Answer.done(
                    AuditResponse.newBuilder()
                        .addAllRecords(audit.newest(request.getRefused(), limit))
                        .setDropped(audit.dropped())
                        .build()));
  }

  @Override
  public void simulateScaler(
      SimulateScalerRequest request, StreamObserver<SimulateScalerResponse> responses) {
    answer(responses, () -> trial.run(request));
  }

  @Override
  public void rollback(RollbackRequest request, StreamObserver<ApplyResponse> responses) {
    answer(
        responses,
        () ->
            request.hasResource()
                ? key(request.getResource())
                    .then(AdminService::declared)
                    .then(key -> writer.rollback(request, Optional.of(key)))
                : writer.rollback(request, Optional.empty()));
  }

  @Override
  public void listRollouts(
      ListRolloutsRequest request, StreamObserver<ListRolloutsResponse> responses) {
    answer(responses, () -> Answer.done(rollouts.list(request)));
  }

  @Override
  public void getRollout(GetRolloutRequest request, StreamObserver<StagedChange> responses) {
    answer(responses, () -> rollouts.get(request.getNumber()));
  }

  @Override
  public void steerRollout(SteerRolloutRequest request, StreamObserver<StagedChange> responses) {
    answer(responses, () -> rollouts.steer(request));
  }

  @Override
  public void watchRollout(WatchRolloutRequest request, StreamObserver<StagedChange> responses) {
    ServerCallStreamObserver<StagedChange> calls =
        (ServerCallStreamObserver<StagedChange>) responses;
    RolloutStream stream = new RolloutStream(calls);
    CompletableFuture<Runnable> end = new CompletableFuture<>();
    calls.setOnReadyHandler(stream::flush);
    calls.setOnCancelHandler(() -> {
      stream.cancelled();
      var _ = end.thenAccept(Runnable::run);
    });
    answer(
        calls,
        () -> rollouts.get(request.getNumber()),
        change -> end.complete(questions.watch(change.getNumber(), stream)));
  }

  @Override
  public void explain(ExplainRequest request, StreamObserver<ExplainResponse> responses) {
    answer(
        responses,
        () ->
            request.getScaler().isEmpty()
                ? found(Image.config(journal.read()), ResourceKey.pool(request.getPool()), "")
                    .then(pool -> explain(pool, request.getEndpoint()))
                : found(Image.config(journal.read()), ResourceKey.scaler(request.getScaler()), "")
                    .then(scaler -> led(questions.explain(scaler))));
  }

  private Answer<ExplainResponse> explain(Resource pool, String endpoint) {
    return led(questions.explain(pool, endpoint))
        .then(explained ->
            endpoint.isEmpty() || explained.getEndpointsCount() > 0
                ? Answer.done(explained)
                : Answer.refused(
                    new Refusal.Missing(
                        "pool/%s has no endpoint \"%s\""
                            .formatted(pool.getMetadata().getName(), endpoint))));
  }

  @Override
  public void register(RegisterRequest request, StreamObserver<RegisterResponse> responses) {
    answer(responses, () -> new Registrations(questions).register(request, journal));
  }

  @Override
  public void events(EventsRequest request, StreamObserver<Decision> responses) {
    ServerCallStreamObserver<Decision> calls = (ServerCallStreamObserver<Decision>) responses;
    int limit = request.getLimit() == 0 ? DEFAULT_COMMITS : request.getLimit();
    if (limit < 1 || limit > MAX_COMMITS) {
      calls.onError(
          StatusMapper.exception(
              new Refusal.Malformed(
                  "limit must be 1 to %d, is %d".formatted(MAX_COMMITS, request.getLimit()))));
      return;
    }
    DecisionHistory.Filter filter =
        new DecisionHistory.Filter(request.getPool(), request.getEndpoint());
    if (!request.getFollow()) {
      questions.decisions(filter, limit).forEach(calls::onNext);
      calls.onCompleted();
      return;
    }
    EventStream stream = new EventStream(calls);
    Runnable end = questions.follow(filter, limit, stream);
    calls.setOnReadyHandler(stream::flush);
    calls.setOnCancelHandler(() -> {
      stream.cancelled();
      end.run();
    });
  }

  @Override
  public void availability(
      AvailabilityRequest request, StreamObserver<AvailabilityResponse> responses) {
    answer(
        responses,
        () -> {
          Config config = Image.config(journal.read());
          return request.getPool().isEmpty()
              ? availability(config.names(Kind.POOL).toList())
              : found(config, ResourceKey.pool(request.getPool()), "")
                  .then(pool -> availability(List.of(pool.getMetadata().getName())));
        });
  }

  private Answer<AvailabilityResponse> availability(List<String> pools) {
    return led(questions.availability(pools))
        .then(known -> Answer.done(AvailabilityResponse.newBuilder().addAllPools(known).build()));
  }

  private static <T> Answer<T> led(Optional<T> known) {
    return known.map(Answer::done).orElseGet(() -> Answer.refused(new Refusal.Leaderless()));
  }

  @Override
  public void cluster(ClusterRequest request, StreamObserver<ClusterResponse> responses) {
    answer(responses, () -> Answer.done(cluster.look()));
  }

  @Override
  public void join(JoinRequest request, StreamObserver<JoinToken> responses) {
    answer(
        responses,
        () ->
            led(questions.ring())
                .then(ring ->
                    Answer.done(
                        JoinToken.newBuilder()
                            .setCluster(identity.cluster())
                            .setGossip(ring)
                            .build())));
  }

  @Override
  public void await(AwaitRequest request, StreamObserver<AwaitProgress> responses) {
    ServerCallStreamObserver<AwaitProgress> calls =
        (ServerCallStreamObserver<AwaitProgress>) responses;
    AwaitStream stream = new AwaitStream(calls);
    // Before anything is asked of the store, since gRPC wants its handlers now.
    CompletableFuture<Runnable> end = new CompletableFuture<>();
    calls.setOnReadyHandler(stream::flush);
    calls.setOnCancelHandler(() -> {
      stream.cancelled();
      var _ = end.thenAccept(Runnable::run);
    });
    answer(
        calls,
        () -> awaited(request),
        revision -> end.complete(questions.await(revision, percent(request), stream)));
  }

  private static int percent(AwaitRequest request) {
    return request.getPercent() == 0 ? 100 : request.getPercent();
  }

  /** The revision to wait for. */
  private Answer<Long> awaited(AwaitRequest request) {
    if (percent(request) < 1 || percent(request) > 100) {
      return Answer.refused(
          new Refusal.Malformed("percent must be 1 to 100, is %d".formatted(request.getPercent())));
    }
    Journal.State state = journal.read();
    if (request.getRevision() < 0 || request.getRevision() > state.revision()) {
      return Answer.refused(
          new Refusal.OutOfHistory(
              "there is no revision %d; the newest is %d"
                  .formatted(request.getRevision(), state.revision())));
    }
    return Answer.done(request.getRevision() == 0 ? state.headRevision() : request.getRevision());
  }

  @Override
  public void export(ExportRequest request, StreamObserver<ExportPart> responses) {
    transfers.export(responses);
  }

  @Override
  public StreamObserver<ExportPart> import_(StreamObserver<ImportResponse> response) {
    return transfers.take(response);
  }

  private static Answer<ResourceKey> declared(ResourceKey key) {
    return key.kind().declared()
        ? Answer.done(key)
        : Answer.refused(new Refusal.Malformed("agents have no history; they register themselves"));
  }

  private static Answer<ResourceKey> key(ResourceRef ref) {
    return ResourceKey.of(ref)
        .map(Answer::done)
        .orElseGet(() -> Answer.refused(Planner.unknownKind(ref.getKind())));
  }

  /** Empty: all that can be declared. */
  private static Answer<Optional<Kind>> kind(String label) {
    Optional<Kind> kind = Kind.of(label);
    return label.isEmpty() || kind.isPresent()
        ? Answer.done(kind)
        : Answer.refused(Planner.unknownKind(label));
  }

  private static <T> void answer(StreamObserver<T> responses, Supplier<Answer<T>> call) {
    answer(
        responses,
        call,
        value -> {
          responses.onNext(value);
          responses.onCompleted();
        });
  }

  /** What fails or is refused is told to {@code responses}; {@code done} has the rest. */
  private static <T> void answer(
      StreamObserver<?> responses, Supplier<Answer<T>> call, Consumer<T> done) {
    Answer<T> answer;
    try {
      answer = call.get();
    } catch (StoreException e) {
      log.atWarn().addKeyValue("reason", e.getMessage()).log("the store failed a call");
      responses.onError(StatusMapper.exception(e));
      return;
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a call to the admin API failed");
      responses.onError(
          Status.INTERNAL
              .withDescription("the controller failed; its log says how")
              .asRuntimeException());
      return;
    }
    switch (answer) {
      case Answer.Done<T> answered -> done.accept(answered.value());
      case Answer.Refused<T> refused ->
          responses.onError(StatusMapper.exception(refused.refusal()));
    }
  }
}
