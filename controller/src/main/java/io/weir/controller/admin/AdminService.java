package io.weir.controller.admin;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weir.controller.admin.Answer.Refusal;
import io.weir.controller.reconcile.ControlLoop;
import io.weir.controller.reconcile.Identity;
import io.weir.controller.reconcile.Questions;
import io.weir.controller.reconcile.RolloutLog;
import io.weir.controller.security.AuditLog;
import io.weir.controller.store.Journal;
import io.weir.controller.store.Store;
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
import java.util.Optional;

/**
 * The admin API. Reads of what is declared come from the store, so they show every write that was
 * acknowledged before; status and agents come from the loop. Calls block, on virtual threads.
 */
public final class AdminService extends AdminServiceGrpc.AdminServiceImplBase {
  private final Journal journal;
  private final Questions questions;
  private final ConfigReader reader;
  private final ConfigWriter writer;
  private final RolloutCalls rollouts;
  private final FollowCalls follow;
  private final LeaderCalls leader;
  private final AgentRemoval agents;
  private final ScalerTrial trial;
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
    this.audit = audit;
    this.transfers = transfers;
    this.journal = journal;
    this.questions = loop.questions();
    this.writer = new ConfigWriter(store, journal, clock);
    this.reader = new ConfigReader(journal, questions, writer::at);
    this.rollouts = new RolloutCalls(new RolloutLog(store, journal, clock), questions, clock);
    this.follow = new FollowCalls(journal, questions, rollouts);
    this.leader = new LeaderCalls(journal, questions, identity);
    this.agents = new AgentRemoval(store, questions);
    this.trial = new ScalerTrial(clock);
    this.cluster = new ClusterView(store, loop.peers(), identity);
  }

  @Override
  public void apply(ApplyRequest request, StreamObserver<ApplyResponse> responses) {
    Calls.answer(responses, () -> writer.apply(request));
  }

  @Override
  public void get(GetRequest request, StreamObserver<Resource> responses) {
    Calls.answer(responses, () -> reader.get(request));
  }

  @Override
  public void list(ListRequest request, StreamObserver<ListResponse> responses) {
    Calls.answer(responses, () -> reader.list(request));
  }

  @Override
  public void delete(DeleteRequest request, StreamObserver<DeleteResponse> responses) {
    Calls.answer(responses, () -> delete(request));
  }

  private Answer<DeleteResponse> delete(DeleteRequest request) {
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
        ? agents
            .remove(request)
            .then(
                revision -> Answer.done(DeleteResponse.newBuilder().setRevision(revision).build()))
        : Answer.refused(
            new Refusal.Malformed("agents and what is declared cannot be deleted in one request"));
  }

  @Override
  public void watch(WatchRequest request, StreamObserver<WatchEvent> responses) {
    follow.watch(request, (ServerCallStreamObserver<WatchEvent>) responses);
  }

  @Override
  public void history(HistoryRequest request, StreamObserver<HistoryResponse> responses) {
    Calls.answer(responses, () -> reader.history(request));
  }

  @Override
  public void audit(AuditRequest request, StreamObserver<AuditResponse> responses) {
    Calls.answer(
        responses,
        () ->
            Asked.limit(request.getLimit())
                .then(limit ->
                    Answer.done(
                        AuditResponse.newBuilder()
                            .addAllRecords(audit.newest(request.getRefused(), limit))
                            .setDropped(audit.dropped())
                            .build())));
  }

  @Override
  public void simulateScaler(
      SimulateScalerRequest request, StreamObserver<SimulateScalerResponse> responses) {
    Calls.answer(responses, () -> trial.run(request));
  }

  @Override
  public void rollback(RollbackRequest request, StreamObserver<ApplyResponse> responses) {
    Calls.answer(
        responses,
        () ->
            request.hasResource()
                ? Asked.declared(request.getResource())
                    .then(key -> writer.rollback(request, Optional.of(key)))
                : writer.rollback(request, Optional.empty()));
  }

  @Override
  public void listRollouts(
      ListRolloutsRequest request, StreamObserver<ListRolloutsResponse> responses) {
    Calls.answer(responses, () -> Answer.done(rollouts.list(request)));
  }

  @Override
  public void getRollout(GetRolloutRequest request, StreamObserver<StagedChange> responses) {
    Calls.answer(responses, () -> rollouts.get(request.getNumber()));
  }

  @Override
  public void steerRollout(SteerRolloutRequest request, StreamObserver<StagedChange> responses) {
    Calls.answer(responses, () -> rollouts.steer(request));
  }

  @Override
  public void watchRollout(WatchRolloutRequest request, StreamObserver<StagedChange> responses) {
    follow.watchRollout(request, (ServerCallStreamObserver<StagedChange>) responses);
  }

  @Override
  public void explain(ExplainRequest request, StreamObserver<ExplainResponse> responses) {
    Calls.answer(responses, () -> leader.explain(request));
  }

  @Override
  public void register(RegisterRequest request, StreamObserver<RegisterResponse> responses) {
    Calls.answer(responses, () -> new Registrations(questions).register(request, journal));
  }

  @Override
  public void events(EventsRequest request, StreamObserver<Decision> responses) {
    follow.events(request, (ServerCallStreamObserver<Decision>) responses);
  }

  @Override
  public void availability(
      AvailabilityRequest request, StreamObserver<AvailabilityResponse> responses) {
    Calls.answer(responses, () -> leader.availability(request));
  }

  @Override
  public void cluster(ClusterRequest request, StreamObserver<ClusterResponse> responses) {
    Calls.answer(responses, () -> Answer.done(cluster.look()));
  }

  @Override
  public void join(JoinRequest request, StreamObserver<JoinToken> responses) {
    Calls.answer(responses, leader::join);
  }

  @Override
  public void await(AwaitRequest request, StreamObserver<AwaitProgress> responses) {
    follow.await(request, (ServerCallStreamObserver<AwaitProgress>) responses);
  }

  @Override
  public void export(ExportRequest request, StreamObserver<ExportPart> responses) {
    transfers.export(responses);
  }

  @Override
  public StreamObserver<ExportPart> import_(StreamObserver<ImportResponse> response) {
    return transfers.take(response);
  }
}
