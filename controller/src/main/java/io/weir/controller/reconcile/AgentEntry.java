package io.weir.controller.reconcile;

import com.google.protobuf.Timestamp;
import io.weir.controller.model.Kind;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.session.SessionState;
import io.weir.controller.snapshot.AgentSnapshot;
import io.weir.v1.Agent;
import io.weir.v1.AgentSpec;
import io.weir.v1.AgentStatus;
import io.weir.v1.Hello;
import io.weir.v1.Metadata;
import io.weir.v1.Resource;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the loop knows of one agent, connected or not. Confined to the loop's thread. */
final class AgentEntry {
  final String name;

  /** As stored; null until its first registration has come back from the store. */
  @Nullable Resource registration;

  /** What it should run; null while that cannot be told. */
  @Nullable AgentSnapshot desired;

  @Nullable Connection connection;

  /** Of the last connection, once it is closed. */
  @Nullable Left left;

  /** What it last acked to this controller; null when that was nothing. */
  @Nullable AgentSnapshot running;

  long ackedRevision;

  /** A write of the registration is under way. */
  boolean registering;

  private @Nullable SortedMap<ResourceKey, Resource> content;
  private Set<String> pools = Set.of();

  /** As watchers last saw it. */
  @Nullable Resource published;

  AgentEntry(String name) {
    this.name = name;
  }

  /** One stream, from its hello to its end. */
  static final class Connection {
    final Hello hello;
    final String peer;
    final AgentChannel channel;
    final Instant opened;
    SessionState state;

    /** Whether it has been found out what the agent runs. */
    boolean resumed;

    boolean resuming;

    Connection(Hello hello, String peer, AgentChannel channel, Instant opened, SessionState state) {
      this.hello = hello;
      this.peer = peer;
      this.channel = channel;
      this.opened = opened;
      this.state = state;
    }
  }

  record Left(Hello hello, String peer, Instant at) {}

  Optional<Connection> connected() {
    return Optional.ofNullable(connection);
  }

  long registeredRevision() {
    return registration == null ? 0 : registration.getMetadata().getRevision();
  }

  /** Whether the store knows the agent as it is connected now. */
  boolean isRegistered() {
    return registration != null
        && (connection == null
            || registration.getMetadata().getLabelsMap().equals(connection.hello.getLabelsMap()));
  }

  Map<String, String> labels() {
    if (connection != null) {
      return connection.hello.getLabelsMap();
    }
    return registration == null ? Map.of() : registration.getMetadata().getLabelsMap();
  }

  /** The pools among what it should run. */
  Set<String> pools(AgentSnapshot snapshot) {
    if (!snapshot.content().equals(content)) {
      content = snapshot.content();
      pools =
          content.keySet().stream()
              .filter(key -> key.kind() == Kind.POOL)
              .map(ResourceKey::name)
              .collect(Collectors.toUnmodifiableSet());
    }
    return pools;
  }

  /** Without what its peers say of it. */
  AgentStatus.Builder status() {
    AgentStatus.Builder status =
        AgentStatus.newBuilder()
            .setAckedRevision(ackedRevision)
            .setDesiredRevision(desired == null ? 0 : desired.revision());
    connected().ifPresentOrElse(on -> connected(on, status), () -> left(status));
    return status;
  }

  /** As operators see it. */
  Resource resource(AgentStatus.Builder status) {
    Metadata.Builder metadata =
        registration == null
            ? Metadata.newBuilder().setName(name)
            : registration.getMetadata().toBuilder().clearLabels();
    return Resource.newBuilder()
        .setMetadata(metadata.putAllLabels(labels()))
        .setAgent(Agent.newBuilder().setSpec(AgentSpec.getDefaultInstance()).setStatus(status))
        .build();
  }

  private static void connected(Connection on, AgentStatus.Builder status) {
    status
        .setVersion(on.hello.getVersion())
        .setInstance(on.hello.getInstance())
        .setPeer(on.peer)
        .setSince(timestamp(on.opened));
    switch (on.state) {
      case SessionState.Syncing _, SessionState.AwaitingAck _ ->
          status.setState(AgentStatus.State.STATE_SYNCING);
      case SessionState.Synced _ -> status.setState(AgentStatus.State.STATE_SYNCED);
      case SessionState.Rejected rejected ->
          status
              .setState(AgentStatus.State.STATE_REJECTED)
              .setRejectedRevision(rejected.refused().revision())
              .addAllViolations(rejected.violations());
    }
  }

  private void left(AgentStatus.Builder status) {
    status.setState(AgentStatus.State.STATE_STALE);
    if (left != null) {
      status
          .setVersion(left.hello().getVersion())
          .setInstance(left.hello().getInstance())
          .setPeer(left.peer())
          .setSince(timestamp(left.at()));
    }
  }

  static Timestamp timestamp(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }
}
