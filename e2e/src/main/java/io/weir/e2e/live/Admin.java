package io.weir.e2e.live;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.AdminServiceGrpc.AdminServiceBlockingStub;
import io.weir.v1.AgentStatus;
import io.weir.v1.ApplyRequest;
import io.weir.v1.ApplyResponse;
import io.weir.v1.AwaitProgress;
import io.weir.v1.AwaitRequest;
import io.weir.v1.ClusterRequest;
import io.weir.v1.ClusterResponse;
import io.weir.v1.Decision;
import io.weir.v1.EndpointExplanation;
import io.weir.v1.EndpointStatus;
import io.weir.v1.EventsRequest;
import io.weir.v1.ExplainRequest;
import io.weir.v1.GetRequest;
import io.weir.v1.GetRolloutRequest;
import io.weir.v1.ListRequest;
import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;
import io.weir.v1.StagedChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What a controller says of its fleet, over the admin API. */
public final class Admin implements AutoCloseable {
  private static final Duration SETTLE = Duration.ofSeconds(60);

  private static final int ANSWER_SECONDS = 20;

  private static final int MOST_DECISIONS = 1_000;

  private final ManagedChannel channel;

  /**
   * @param controller host:port
   */
  public Admin(String controller) {
    channel = Grpc.newChannelBuilder(controller, InsecureChannelCredentials.create()).build();
  }

  /** One resource as it is now. */
  public Resource get(String kind, String name) {
    return stub()
        .get(
            GetRequest.newBuilder()
                .setResource(ResourceRef.newBuilder().setKind(kind).setName(name))
                .build());
  }

  /** Declares one resource; the revision that it has then. */
  public long apply(Resource resource) {
    return stub().apply(ApplyRequest.newBuilder().addResources(resource).build()).getRevision();
  }

  /** Writes, as asked for. */
  public ApplyResponse apply(ApplyRequest request) {
    return stub().apply(request);
  }

  /** A change that goes out step by step. */
  public StagedChange rollout(long number) {
    return stub().getRollout(GetRolloutRequest.newBuilder().setNumber(number).build());
  }

  /** Status of every agent, by name. */
  public Map<String, AgentStatus> agents() {
    return stub()
        .list(ListRequest.newBuilder().setKind("Agent").build())
        .getResourcesList()
        .stream()
        .collect(
            Collectors.toMap(
                resource -> resource.getMetadata().getName(),
                resource -> resource.getAgent().getStatus()));
  }

  /** Why traffic of one endpoint is where it is. */
  public EndpointExplanation explain(String pool, String endpoint) {
    return stub()
        .explain(ExplainRequest.newBuilder().setPool(pool).setEndpoint(endpoint).build())
        .getEndpoints(0);
  }

  /** The controllers, as the one that this is of knows them. */
  public ClusterResponse cluster() {
    return stub().cluster(ClusterRequest.getDefaultInstance());
  }

  /** The newest decisions about all pools and agents, oldest first. */
  public List<Decision> decisions() {
    List<Decision> decisions = new ArrayList<>();
    stub()
        .events(EventsRequest.newBuilder().setLimit(MOST_DECISIONS).build())
        .forEachRemaining(decisions::add);
    return decisions;
  }

  /**
   * Waits until each of these agents runs {@code revision} or a later one, and the newest there is.
   */
  public void awaitSynced(Collection<String> names, long revision) {
    awaitAgents(
        names,
        "to be SYNCED at revision " + revision,
        status ->
            status.getState() == AgentStatus.State.STATE_SYNCED
                && status.getAckedRevision() >= revision
                && status.getAckedRevision() >= status.getDesiredRevision());
  }

  /**
   * Waits until all connected agents run what concerns them of {@code revision}, which they may
   * have run since an earlier one.
   */
  public void awaitCurrent(long revision) {
    Iterator<AwaitProgress> progress =
        stub()
            .withDeadlineAfter(SETTLE)
            .await(AwaitRequest.newBuilder().setRevision(revision).build());
    while (progress.hasNext() && !progress.next().getReached()) {}
  }

  /** Waits until the status of each of these agents is as {@code expected}. */
  public void awaitAgents(Collection<String> names, String what, Predicate<AgentStatus> expected) {
    Await.until(
        "agents " + names + " " + what,
        SETTLE,
        () -> {
          try {
            Map<String, AgentStatus> agents = agents();
            return names.stream()
                .allMatch(name -> agents.containsKey(name) && expected.test(agents.get(name)));
          } catch (StatusRuntimeException unavailable) {
            return false;
          }
        });
  }

  /**
   * Waits until {@code observers} agents hold each endpoint of the pool for healthy, and those in
   * {@code down} for unhealthy.
   */
  public void awaitHealth(String pool, Collection<String> down, int observers) {
    Await.until(
        "agents to find " + (down.isEmpty() ? "no endpoint" : down) + " of " + pool + " unhealthy",
        SETTLE,
        () -> {
          try {
            List<EndpointStatus> endpoints =
                get("Pool", pool).getPool().getStatus().getEndpointsList();
            return !endpoints.isEmpty()
                && endpoints.stream()
                    .allMatch(endpoint ->
                        observers
                            == (down.contains(endpoint.getAddress())
                                ? endpoint.getUnhealthy()
                                : endpoint.getHealthy()));
          } catch (StatusRuntimeException unavailable) {
            return false;
          }
        });
  }

  /** Waits until the pool's traffic begins at this priority. */
  public void awaitFloor(String pool, int priority) {
    Await.until(
        "pool " + pool + " to be at priority " + priority,
        SETTLE,
        () -> {
          try {
            return get("Pool", pool).getPool().getStatus().getFloor() == priority;
          } catch (StatusRuntimeException unavailable) {
            return false;
          }
        });
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }

  private AdminServiceBlockingStub stub() {
    return AdminServiceGrpc.newBlockingStub(channel)
        .withWaitForReady()
        .withDeadlineAfter(ANSWER_SECONDS, TimeUnit.SECONDS);
  }
}
