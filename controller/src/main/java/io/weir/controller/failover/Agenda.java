package io.weir.controller.failover;

import io.weir.v1.Decision;
import io.weir.v1.PoolAvailability;
import io.weir.v1.ScalerRecord;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What was decided and is not yet in effect, in order: numbered here, handed out batch by batch,
 * one at a time. One thread at a time.
 */
final class Agenda {
  private static final int MAX_BATCH = 60;
  private static final int MAX_BATCH_BYTES = 400_000;
  private static final int AVAILABILITY_BATCH = 16;

  private record Pending(@Nullable Decision decision, Change change) {}

  private final long term;
  private final Queue<Pending> pending = new ArrayDeque<>();
  private final List<Decision> news = new ArrayList<>();

  /** Pools. */
  private final Set<String> unwrittenAvailability = new LinkedHashSet<>();

  private List<String> handedAvailability = List.of();
  private int handedOut;
  private long configRevision;
  private long nextNumber = 1;

  Agenda(long term) {
    this.term = term;
  }

  /** No decision has had that number, or a later one. */
  void begin(long number) {
    nextNumber = number;
  }

  /** Decisions are by the configuration of that revision from now on. */
  void by(long revision) {
    configRevision = revision;
  }

  /**
   * A decision with the next number, still to be {@link #add added}.
   *
   * @param cause number of another; 0: none
   */
  Decision.Builder decision(String reason, long cause, Instant wall) {
    return Decision.newBuilder()
        .setNumber(nextNumber++)
        .setTime(EndpointRecords.timestamp(wall))
        .setTerm(term)
        .setConfigRevision(configRevision)
        .setCause(cause)
        .setReason(reason);
  }

  /** Nothing that is recorded of pools follows from it. */
  void add(Decision decision) {
    pending.add(new Pending(decision, new Change.None()));
  }

  void add(@Nullable Decision decision, Change change) {
    pending.add(new Pending(decision, change));
  }

  /** How available these pools were is to be kept. */
  void keepAvailability(Collection<String> pools) {
    unwrittenAvailability.addAll(pools);
  }

  /**
   * What is to be written next; empty while there is nothing, or the last is not yet written.
   *
   * @param pools that are declared
   */
  Optional<Batch> next(Set<String> pools, Function<String, PoolAvailability> availability) {
    if (handedOut > 0 || !handedAvailability.isEmpty()) {
      return Optional.empty();
    }
    List<Decision> decisions = new ArrayList<>();
    List<Change> changes = new ArrayList<>();
    Set<String> touched = new HashSet<>();
    int bytes = 0;
    for (Pending one : pending) {
      bytes += one.decision() == null ? 0 : one.decision().getSerializedSize();
      bytes +=
          one.change() instanceof Change.Scaled scaled
              ? scaled.record().map(ScalerRecord::getSerializedSize).orElse(0)
              : 0;
      if (handedOut == MAX_BATCH || (handedOut > 0 && bytes > MAX_BATCH_BYTES)) {
        break;
      }
      if (one.decision() != null) {
        decisions.add(one.decision());
      }
      changes.add(one.change());
      one.change().pool().ifPresent(touched::add);
      handedOut++;
    }
    if (handedOut == 0 && unwrittenAvailability.isEmpty()) {
      return Optional.empty();
    }
    unwrittenAvailability.retainAll(pools);
    touched.retainAll(pools);
    unwrittenAvailability.addAll(touched);
    handedAvailability = unwrittenAvailability.stream().limit(AVAILABILITY_BATCH).toList();
    unwrittenAvailability.removeAll(handedAvailability);
    return handedOut == 0 && handedAvailability.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Batch(
                decisions,
                changes,
                nextNumber,
                handedAvailability.stream().map(availability).toList()));
  }

  /** The batch handed out last is in the store. */
  void written() {
    for (; handedOut > 0; handedOut--) {
      Decision decision = pending.remove().decision();
      if (decision != null) {
        news.add(decision);
      }
    }
    handedAvailability = List.of();
  }

  /** Whether something that is not yet written overtakes a change that just was. */
  boolean isOvertaken(Change change) {
    return pending.stream().anyMatch(later -> later.change().isAbout(change));
  }

  /** Decisions that took effect since this was last asked, oldest first. */
  List<Decision> news() {
    List<Decision> taken = List.copyOf(news);
    news.clear();
    return taken;
  }
}
