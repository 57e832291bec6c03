package io.weir.controller;

import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import io.weir.v1.Ack;
import io.weir.v1.AgentMessage;
import io.weir.v1.ControllerMessage;
import io.weir.v1.Delta;
import io.weir.v1.Endpoint;
import io.weir.v1.EndpointPatch;
import io.weir.v1.FleetServiceGrpc;
import io.weir.v1.Hello;
import io.weir.v1.ListenerLoad;
import io.weir.v1.LoadReport;
import io.weir.v1.Nack;
import io.weir.v1.Resource;
import io.weir.v1.Snapshot;
import io.weir.v1.Violation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/** An agent that takes whatever it is sent, and remembers it. */
final class SteadyAgent implements StreamObserver<ControllerMessage> {
  private final String name;
  private final StreamObserver<AgentMessage> requests;
  private final Predicate<Map<String, Resource>> takes;
  private final Map<String, Resource> resources = new TreeMap<>();
  private final Set<String> ran = new HashSet<>();
  private final List<String> wrongs = new ArrayList<>();
  private String scope = "";
  private boolean staged;
  private long revision;
  private long requestsSoFar;
  private long errorsSoFar;

  /**
   * @param takes whether it can run these, by kind and name
   */
  SteadyAgent(ManagedChannel channel, String name, Predicate<Map<String, Resource>> takes) {
    this.name = name;
    this.takes = takes;
    this.requests = FleetServiceGrpc.newStub(channel).connect(this);
    say(AgentMessage.newBuilder().setHello(FakeAgent.hello(name)).build());
  }

  /** As one that comes back. */
  SteadyAgent(ManagedChannel channel, SteadyAgent before, String epoch) {
    this.name = before.name;
    this.takes = before.takes;
    this.resources.putAll(before.resources);
    this.ran.addAll(before.ran);
    this.scope = before.scope;
    this.revision = before.revision;
    this.requests = FleetServiceGrpc.newStub(channel).connect(this);
    say(
        AgentMessage.newBuilder()
            .setHello(
                Hello.newBuilder(FakeAgent.hello(name))
                    .setEpoch(epoch)
                    .setRevision(revision)
                    .setScope(scope))
            .build());
  }

  private synchronized void say(AgentMessage message) {
    requests.onNext(message);
  }

  /** Since the last report. */
  synchronized void served(long served, long failed) {
    requestsSoFar += served;
    errorsSoFar += failed;
    say(
        AgentMessage.newBuilder()
            .setLoad(
                LoadReport.newBuilder()
                    .addListeners(
                        ListenerLoad.newBuilder()
                            .setListener("in")
                            .setRequests(requestsSoFar)
                            .setErrors(errorsSoFar)))
            .build());
  }

  String name() {
    return name;
  }

  /** Of pool "web". */
  synchronized String address() {
    Resource pool = resources.get("Pool/web");
    return pool == null ? "" : pool.getPool().getSpec().getEndpoints(0).getAddress();
  }

  /** Addresses of pool "web" that it ever ran. */
  synchronized Set<String> everRan() {
    return Set.copyOf(ran);
  }

  synchronized boolean isStaged() {
    return staged;
  }

  /** What was not as it has to be. */
  synchronized List<String> wrongs() {
    return List.copyOf(wrongs);
  }

  @Override
  public synchronized void onNext(ControllerMessage message) {
    switch (message.getMessageCase()) {
      case SNAPSHOT -> {
        Snapshot snapshot = message.getSnapshot();
        Map<String, Resource> next = new TreeMap<>();
        snapshot.getResourcesList().forEach(one -> next.put(key(one), one));
        take(
            next,
            snapshot.getEpoch(),
            snapshot.getRevision(),
            snapshot.getScope(),
            snapshot.getStaged());
      }
      case DELTA -> {
        Delta delta = message.getDelta();
        String base = delta.getBaseScope().isEmpty() ? delta.getScope() : delta.getBaseScope();
        if (delta.getBaseRevision() != revision || !base.equals(scope)) {
          wrongs.add("a delta from %s of %s".formatted(delta.getBaseRevision(), base));
        }
        Map<String, Resource> next = new TreeMap<>(resources);
        delta.getRemovedList().forEach(ref -> next.remove(ref.getKind() + "/" + ref.getName()));
        delta.getChangedList().forEach(one -> next.put(key(one), one));
        delta
            .getPatchesList()
            .forEach(patch ->
                next.computeIfPresent(
                    "Pool/" + patch.getPool(), (_, pool) -> patched(pool, patch)));
        take(next, delta.getEpoch(), delta.getRevision(), delta.getScope(), delta.getStaged());
      }
      case WELCOME, ASSIGNMENT, VERDICTS, VERIFY, GOSSIP, MESSAGE_NOT_SET -> {}
    }
  }

  private void take(
      Map<String, Resource> next, String epoch, long newer, String itsScope, boolean itsStaged) {
    if (newer < revision) {
      wrongs.add("revision %d after %d".formatted(newer, revision));
    }
    if (!takes.test(next)) {
      say(
          AgentMessage.newBuilder()
              .setNack(
                  Nack.newBuilder()
                      .setEpoch(epoch)
                      .setRevision(newer)
                      .addViolations(
                          Violation.newBuilder()
                              .setResource(Samples.ref("Pool", "web"))
                              .setField("endpoints")
                              .setReason("cannot run it")))
              .build());
      return;
    }
    resources.clear();
    resources.putAll(next);
    revision = newer;
    scope = itsScope;
    staged = itsStaged;
    ran.add(address());
    say(
        AgentMessage.newBuilder()
            .setAck(Ack.newBuilder().setEpoch(epoch).setRevision(newer))
            .build());
  }

  private static Resource patched(Resource pool, EndpointPatch patch) {
    List<Endpoint> endpoints = new ArrayList<>(pool.getPool().getSpec().getEndpointsList());
    patch.getRemovedList().reversed().forEach(place -> endpoints.remove((int) place));
    patch
        .getInsertedList()
        .forEach(inserted -> endpoints.add(inserted.getPlace(), inserted.getEndpoint()));
    Resource.Builder next = pool.toBuilder();
    next.getPoolBuilder().getSpecBuilder().clearEndpoints().addAllEndpoints(endpoints);
    return next.build();
  }

  private static String key(Resource resource) {
    return (resource.hasPool() ? "Pool/" : "Listener/") + resource.getMetadata().getName();
  }

  void leave() {
    requests.onCompleted();
  }

  @Override
  public void onError(Throwable cause) {}

  @Override
  public void onCompleted() {}
}
