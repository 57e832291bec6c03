package io.weir.controller.reconcile;

import io.weir.controller.instances.AgentView;
import io.weir.controller.instances.Lifecycle;
import io.weir.controller.instances.Listing;
import io.weir.controller.instances.Situation;
import io.weir.controller.instances.Situation.Conduct;
import io.weir.controller.instances.Wanted;
import io.weir.controller.model.Scaled;
import io.weir.controller.provision.Answer;
import io.weir.controller.provision.Provisioned;
import io.weir.controller.provision.Recommendations;
import io.weir.controller.scaling.Recommendation;
import io.weir.controller.scaling.Recommender;
import io.weir.controller.scaling.Terms;
import io.weir.v1.InstanceState;
import io.weir.v1.ScaleMode;
import io.weir.v1.ScaledInstance;
import io.weir.v1.ScalerRecord;
import io.weir.v1.ScalerSpec;
import io.weir.v1.ScalerStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One scaler while this controller leads: what it remembers. Confined to the loop's thread. */
final class Scaling {
  private static final Duration BUSY_LIST = Duration.ofSeconds(2);
  private static final Duration IDLE_LIST = Duration.ofSeconds(15);
  private static final Duration OLD = Duration.ofMinutes(1);
  private static final Duration UNSEEN = Duration.ofSeconds(5);
  private static final int REMEMBERED = 8;

  final String name;
  final ScalerSpec spec;
  final Terms terms;
  final Recommender recommender;
  final Lifecycle lifecycle;
  final @Nullable HookLine line;

  /** Who says that it is there, or that it goes. */
  final Registering registering = new Registering();

  /** Written and not yet seen in the store; null: nothing is. */
  @Nullable ScalerRecord awaited;

  long awaitedSince;

  @Nullable Recommendation recommendation;
  @Nullable Listing listing;
  long listedAt;
  long listDue = Long.MIN_VALUE;
  boolean asking;
  boolean calling;
  int attempts;
  long callDue = Long.MIN_VALUE;
  @Nullable Answer done;
  String hookError = "";
  long rememberedAt;
  private final List<Long> startups = new ArrayList<>();

  Scaling(
      String name, ScalerSpec spec, ScalerRecord record, boolean barred, @Nullable HookLine line) {
    this.name = name;
    this.spec = spec;
    this.terms = Terms.of(spec);
    this.recommender = new Recommender(spec);
    this.recommender.restore(record.getMemory().toByteArray());
    this.lifecycle = new Lifecycle(barred);
    this.line = line;
  }

  void close() {
    if (line != null) {
      line.close();
    }
  }

  /** Takes the place of {@code before}: what that one wrote has to be seen all the same. */
  void follow(Scaling before) {
    awaited = before.awaited;
    awaitedSince = before.awaitedSince;
    registering.follow(before.registering);
  }

  String pool() {
    return spec.getPool();
  }

  Conduct conduct() {
    return switch (spec.getMode()) {
      case SCALE_MODE_OFF -> Conduct.OFF;
      case SCALE_MODE_ACT -> line == null ? Conduct.TELL : Conduct.ACT;
      case SCALE_MODE_RECOMMEND, SCALE_MODE_UNSPECIFIED, UNRECOGNIZED -> Conduct.RECOMMEND;
    };
  }

  boolean isOff() {
    return spec.getMode() == ScaleMode.SCALE_MODE_OFF;
  }

  /** Whether the provider is to be asked what there is. */
  boolean wantsList(ScalerRecord record, long now) {
    return line != null
        && !asking
        && now >= listDue
        && (conduct() == Conduct.ACT || record.getInstancesCount() > 0);
  }

  /** How long until the next time. */
  Duration listPause(ScalerRecord record) {
    boolean busy =
        record.hasCall()
            || record.getInstancesList().stream()
                .anyMatch(one -> one.getState() != InstanceState.INSTANCE_STATE_SERVING);
    return busy ? BUSY_LIST : IDLE_LIST;
  }

  void listed(HookLine.Told told, long now) {
    List<Listing.Listed> instances =
        told.instances().stream()
            .map(one ->
                new Listing.Listed(
                    one.id(),
                    one.address().orElse(""),
                    one.state() == Provisioned.State.ENDING,
                    zone(one)))
            .toList();
    listing = new Listing(listing == null ? 1 : listing.number() + 1, told.complete(), instances);
    listedAt = now;
  }

  /** One that no endpoint can have is not known. */
  private static String zone(Provisioned one) {
    return Scaled.isZone(one.zone()) ? one.zone() : "";
  }

  /** Whether what is known here is what there is. */
  boolean storeAgrees(long now) {
    boolean seen = awaited == null || now - awaitedSince < UNSEEN.toNanos();
    boolean listed =
        conduct() != Conduct.ACT || (listing != null && now - listedAt < OLD.toNanos());
    return seen && listed;
  }

  /** What an instance took lately, or is said to. */
  Duration startup() {
    return startups.isEmpty()
        ? terms.startup()
        : Duration.ofNanos(startups.stream().mapToLong(Long::longValue).max().orElseThrow());
  }

  void learn() {
    for (Duration took : lifecycle.started()) {
      recommender.started(took);
      startups.add(took.toNanos());
      if (startups.size() > REMEMBERED) {
        startups.removeFirst();
      }
    }
  }

  Situation situation(ScaledPool pool, Collection<AgentView> agents, long now, Instant wall) {
    Recommendation known = recommendation;
    boolean told = conduct() != Conduct.ACT || listing != null;
    return new Situation(
        now,
        wall,
        conduct(),
        pool.fixed().size(),
        pool.probed(),
        pool.verdicts(),
        pool.zones(),
        pool.found(),
        pool.searching(),
        agents,
        Optional.ofNullable(listing),
        known == null || !told
            ? Optional.empty()
            : Optional.of(new Wanted(known.desired(), known.inputs(), known.reason())),
        startup(),
        terms.drainTimeout(),
        calling,
        attempts);
  }

  /** For those who ask what is recommended. */
  Recommendations.View view(ScaledPool pool, Recommendation known, Instant wall) {
    return new Recommendations.View(
        name,
        pool(),
        pool.serving(),
        known.desired(),
        known.inputs().getInFlight() + known.inputs().getQueued(),
        wall);
  }

  /** After the hook has done as told. */
  ScalerRecord after(ScalerRecord record, Answer answer, boolean searching, Instant wall) {
    ScalerRecord.Builder next = record.toBuilder().clearCall().clearInstances();
    Set<String> ended = new HashSet<>(record.getCall().getEndList());
    boolean tells = listing != null && listing.complete();
    Set<String> known = new HashSet<>();
    for (ScaledInstance one : record.getInstancesList()) {
      known.add(one.getId());
      known.add(one.getAddress());
      boolean nameless = one.getId().equals(one.getAddress());
      // Of the others the provider, or DNS, says when they are gone.
      boolean gone = ended.contains(one.getId()) && (nameless ? !searching : !tells);
      if (!gone) {
        next.addInstances(one);
      }
    }
    for (Provisioned one : answer.instances()) {
      String address = one.address().orElse("");
      if (one.state() != Provisioned.State.ENDING
          && !known.contains(one.id())
          && (address.isEmpty() || !known.contains(address))) {
        next.addInstances(
            ScaledInstance.newBuilder()
                .setId(one.id())
                .setAddress(address)
                .setZone(zone(one))
                .setState(InstanceState.INSTANCE_STATE_STARTING)
                .setSince(AgentEntry.timestamp(wall))
                .setDecision(record.getDecision())
                .setReason("its provider was asked for it"));
      }
    }
    return next.build();
  }

  void describe(ScaledPool pool, ScalerRecord record, ScalerStatus.Builder status) {
    Scalers.describe(pool.serving(), record, status);
    Map<String, String> holding = lifecycle.holding();
    for (ScaledInstance.Builder one : status.getInstancesBuilderList()) {
      String why = holding.get(one.getId());
      if (why != null) {
        one.setReason(one.getReason() + "; " + why);
      }
    }
    Recommendation known = recommendation;
    if (known != null) {
      status
          .setRecommended(known.desired())
          .setRecommendation(known.reason())
          .setFrozen(known.frozen().orElse(""))
          .setAdvice(known.advice().orElse(""))
          .setInputs(known.inputs());
    }
    status.setHookError(hookError);
  }
}
