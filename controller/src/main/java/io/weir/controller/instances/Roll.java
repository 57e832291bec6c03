package io.weir.controller.instances;

import com.google.protobuf.Timestamp;
import io.weir.controller.model.Scaled;
import io.weir.v1.InstanceState;
import io.weir.v1.ScaledInstance;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who is there: what is recorded, brought together with what the provider lists and DNS has. Its
 * memory is of what was missing how often. One thread at a time.
 */
final class Roll {
  /** Lists in a row in which an instance is missing before it is held to be gone. */
  private static final int MISSING = 2;

  private final Map<String, Integer> missing = new HashMap<>();
  private long counted;

  /**
   * @param vanished instances that were to serve and are not there any more
   */
  record Called(List<ScaledInstance> instances, List<String> vanished) {}

  Called call(List<ScaledInstance> recorded, Situation is) {
    List<ScaledInstance> now = new ArrayList<>(recorded);
    List<String> vanished = new ArrayList<>();
    is.listing()
        .ifPresent(listing -> {
          listing.instances().forEach(listed -> listed(listed, now, is));
          if (listing.complete() && listing.number() > counted) {
            counted = listing.number();
            unlisted(listing, now, vanished);
          }
        });
    if (is.searching() && is.conduct() == Situation.Conduct.ACT) {
      found(now, is);
    }
    return new Called(now, vanished);
  }

  private void listed(Listing.Listed listed, List<ScaledInstance> now, Situation is) {
    missing.remove(listed.id());
    Optional<ScaledInstance> known =
        now.stream()
            .filter(one -> one.getId().equals(listed.id()))
            .findFirst()
            .or(() -> byAddress(now, listed.address()));
    if (known.isEmpty()) {
      if (!listed.leaving() && is.conduct() == Situation.Conduct.ACT) {
        now.add(
            starting(listed.id(), listed.address(), "its provider has it", is).toBuilder()
                .setZone(listed.zone())
                .build());
      }
      return;
    }
    ScaledInstance.Builder next = known.get().toBuilder().setId(listed.id());
    if (!listed.address().isEmpty() && next.getAddress().isEmpty()) {
      next.setAddress(listed.address());
    }
    if (!listed.zone().isEmpty()) {
      next.setZone(listed.zone());
    }
    boolean here =
        next.getState() == InstanceState.INSTANCE_STATE_STARTING
            || next.getState() == InstanceState.INSTANCE_STATE_SERVING;
    if (listed.leaving() && here) {
      move(next, InstanceState.INSTANCE_STATE_DRAINING, "its provider ends it", is.wall());
      next.setDecision(0);
    }
    now.set(now.indexOf(known.get()), next.build());
  }

  private static Optional<ScaledInstance> byAddress(List<ScaledInstance> in, String address) {
    return address.isEmpty()
        ? Optional.empty()
        : in.stream()
            .filter(one -> isNameless(one) && one.getAddress().equals(address))
            .findFirst();
  }

  /** The hook has not told of it by its own id. */
  static boolean isNameless(ScaledInstance one) {
    return one.getId().equals(one.getAddress());
  }

  private void unlisted(Listing listing, List<ScaledInstance> now, List<String> vanished) {
    Set<String> there = new HashSet<>();
    listing.instances().forEach(one -> there.add(one.id()));
    now.removeIf(one -> {
      if (isNameless(one) || there.contains(one.getId())) {
        return false;
      }
      boolean ending = one.getState() == InstanceState.INSTANCE_STATE_ENDING;
      boolean gone = missing.merge(one.getId(), 1, Integer::sum) >= (ending ? 1 : MISSING);
      if (gone) {
        missing.remove(one.getId());
        if (!ending && one.getState() != InstanceState.INSTANCE_STATE_DRAINING) {
          vanished.add(one.getId());
        }
      }
      return gone;
    });
  }

  /** Endpoints that DNS has and the hook does not tell of are instances by their addresses. */
  private static void found(List<ScaledInstance> now, Situation is) {
    Set<Object> known = new HashSet<>();
    now.forEach(one -> known.add(Scaled.key(one.getAddress())));
    Set<Object> there = new HashSet<>();
    for (String address : is.found()) {
      there.add(Scaled.key(address));
      if (known.add(Scaled.key(address))) {
        now.add(starting(address, address, "it was found in DNS", is));
      }
    }
    now.removeIf(one -> isNameless(one) && !there.contains(Scaled.key(one.getAddress())));
  }

  /** One that is not known yet; what serves already goes on without a break. */
  static ScaledInstance starting(String id, String address, String reason, Situation is) {
    return starting(id, address, reason, is.isHealthy(address), is.wall());
  }

  static ScaledInstance starting(
      String id, String address, String reason, boolean healthy, Instant wall) {
    return ScaledInstance.newBuilder()
        .setId(id)
        .setAddress(address)
        .setState(
            healthy ? InstanceState.INSTANCE_STATE_SERVING : InstanceState.INSTANCE_STATE_STARTING)
        .setSince(timestamp(wall))
        .setReason(reason)
        .build();
  }

  static void move(ScaledInstance.Builder instance, InstanceState to, String reason, Instant wall) {
    instance.setState(to).setReason(reason).setSince(timestamp(wall));
  }

  static Timestamp timestamp(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }
}
