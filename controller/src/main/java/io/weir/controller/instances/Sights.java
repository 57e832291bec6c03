package io.weir.controller.instances;

import com.google.protobuf.Timestamp;
import io.weir.v1.InstanceState;
import io.weir.v1.ScaledInstance;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * For how long instances have been in their states: by a monotonic clock from when this controller
 * first saw them so, and before that by what is recorded. A wall clock that jumps while it leads
 * ends nothing. One thread at a time.
 */
final class Sights {
  private static final Duration LONGEST = Duration.ofDays(2);

  private final Map<String, Sight> sights = new HashMap<>();

  private record Sight(InstanceState state, Timestamp since, long at, long ageThen) {}

  /** How long it has been so, ns. */
  long age(ScaledInstance one, long now, Instant wall) {
    Sight before = sights.get(one.getId());
    if (before == null
        || before.state() != one.getState()
        || !before.since().equals(one.getSince())) {
      Instant since = Instant.ofEpochSecond(one.getSince().getSeconds(), one.getSince().getNanos());
      long age =
          Math.clamp(Duration.between(since, wall).toMillis(), 0L, LONGEST.toMillis()) * 1_000_000;
      before = new Sight(one.getState(), one.getSince(), now, age);
      sights.put(one.getId(), before);
    }
    return before.ageThen() + now - before.at();
  }

  /** Only of these from now on. */
  void retain(Collection<ScaledInstance> instances) {
    Set<String> ids = new HashSet<>();
    instances.forEach(one -> ids.add(one.getId()));
    sights.keySet().retainAll(ids);
  }
}
