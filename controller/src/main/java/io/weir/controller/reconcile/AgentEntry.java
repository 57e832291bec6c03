package io.weir.controller.reconcile;

import com.google.protobuf.Timestamp;
import io.weir.controller.rollout.Member;
import io.weir.controller.session.SessionState;
import io.weir.controller.snapshot.AgentSnapshot;
import io.weir.controller.snapshot.Group;
import io.weir.v1.Agent;
import io.weir.v1.AgentSpec;
import io.weir.v1.AgentStatus;
import io.weir.v1.Hello;
import io.weir.v1.Metadata;
import io.weir.v1.Resource;
import io.weir.v1.Violation;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the loop knows of one agent, connected or not. Confined to the loop's thread. */
final class AgentEntry {
  final String name;

  /** As stored; null until its first registration has come back from the store. */
  @Nullable Resource registration;

  /** Of its labels; null until it was first looked at. */
  @Nullable Group group;

  @Nullable Connection connection;

  /** Where its stream is with another controller, of which this one, leading, knows. */
  @Nullable Remote remote;

  /** Of the last connection, once it is closed. */
  @Nullable Left left;

  /** Of the configuration that it is known to run; 0: none, or that is not known. */
  long ackedRevision;

  /** Whether the store knows the agent as it is connected now. */
  boolean registered;

  /** A write of the registration is under way. */
  boolean registering;

  /** It is no agent any more; one of its name that comes is another entry. */
  boolean dropped;

  /** As it was last told to whoever judges. */
  Judge.@Nullable Agent seen;

  /** As watchers last saw it; null: they have not. */
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

    /** What it should run as the session was last told; null: nothing yet. */
    @Nullable AgentSnapshot told;

    /** The store is being asked about it. */
    boolean asking;

    /**
     * The revision that it ran when it came, or at which another group became its own: it is told
     * of none before it. 0: none.
     */
    long cameWith;

    Connection(Hello hello, String peer, AgentChannel channel, Instant opened, SessionState state) {
      this.hello = hello;
      this.peer = peer;
      this.channel = channel;
      this.opened = opened;
      this.state = state;
    }
  }

  record Left(Hello hello, String peer, Instant at) {}

  /** To this controller or another one. */
  boolean isConnected() {
    return connection != null || remote != null;
  }

  /** Whether its stream is that one, with a follower. */
  boolean isOver(Remote one) {
    return remote != null && remote.channel().equals(one.channel());
  }

  Optional<Connection> connected() {
    return Optional.ofNullable(connection);
  }

  /** The registration or the connection is another one: do they agree? */
  void compare() {
    Resource stored = registration;
    registered =
        stored != null
            && (connection == null
                || stored.getMetadata().getLabelsMap().equals(connection.hello.getLabelsMap()));
  }

  /** Whether it was told of what there is, and is registered: there is nothing to do. */
  @SuppressWarnings("ReferenceEquality") // another snapshot is another object
  boolean isSettled() {
    return registered && connection != null && group != null && connection.told == group.current();
  }

  Map<String, String> labels() {
    if (connection != null) {
      return connection.hello.getLabelsMap();
    }
    if (remote != null) {
      return remote.labels();
    }
    return registration == null ? Map.of() : registration.getMetadata().getLabelsMap();
  }

  /** What it should run; 0: that is not known. */
  private long desiredRevision() {
    if (connection != null && connection.state instanceof SessionState.Synced synced) {
      return synced.running().revision();
    }
    return group == null ? 0 : group.current().revision();
  }

  /**
   * @param seen the revision of the store that what it should run is as of
   */
  Progress.Standing standing(long seen) {
    if (remote != null) {
      return remote.standing();
    }
    Connection on = connection;
    if (on == null) {
      return new Progress.Standing.Stale(name);
    }
    return switch (on.state) {
      case SessionState.Syncing _, SessionState.AwaitingAck _ -> new Progress.Standing.Behind(name);
      case SessionState.Synced _ -> new Progress.Standing.Current(name, seen);
      case SessionState.Rejected rejected ->
          new Progress.Standing.Rejecting(
              name, rejected.refused().revision(), rejected.violations());
    };
  }

  /** As rollouts look at it. */
  Member member() {
    if (remote != null) {
      AgentStatus status = remote.here().getAgent().getAgent().getStatus();
      return new Member(
          name,
          labels(),
          true,
          Set.copyOf(status.getStagedList()),
          Set.copyOf(status.getRefusedStagedList()),
          why(status.getViolationsList()));
    }
    Connection on = connection;
    if (on == null) {
      return new Member(name, labels(), false, Set.of(), Set.of(), "");
    }
    Set<Long> runs = on.state.known().<Set<Long>>map(AgentSnapshot::staged).orElse(Set.of());
    return on.state instanceof SessionState.Rejected rejected
        ? new Member(
            name, labels(), true, runs, rejected.refused().staged(), why(rejected.violations()))
        : new Member(name, labels(), true, runs, Set.of(), "");
  }

  private static String why(List<Violation> violations) {
    return violations.stream()
        .findFirst()
        .map(one ->
            one.hasResource()
                ? "%s %s: %s"
                    .formatted(
                        one.getResource().getKind(), one.getResource().getName(), one.getReason())
                : one.getReason())
        .orElse("");
  }

  /** Without what its peers say of it. */
  AgentStatus.Builder status() {
    AgentStatus.Builder status =
        AgentStatus.newBuilder()
            .setAckedRevision(ackedRevision)
            .setDesiredRevision(desiredRevision());
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
    on.state.known().ifPresent(running -> status.addAllStaged(running.staged()));
    switch (on.state) {
      case SessionState.Syncing _, SessionState.AwaitingAck _ ->
          status.setState(AgentStatus.State.STATE_SYNCING);
      case SessionState.Synced _ -> status.setState(AgentStatus.State.STATE_SYNCED);
      case SessionState.Rejected rejected ->
          status
              .setState(AgentStatus.State.STATE_REJECTED)
              .setRejectedRevision(rejected.refused().revision())
              .addAllRefusedStaged(rejected.refused().staged())
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
