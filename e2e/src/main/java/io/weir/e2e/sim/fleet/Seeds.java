package io.weir.e2e.sim.fleet;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What came of many runs. */
public record Seeds(
    long runs, long events, long decisions, long checks, List<World.Outcome> broken) {
  private static final int CHUNK = 5;

  public Seeds {
    broken = List.copyOf(broken);
  }

  Seeds plus(Seeds other) {
    List<World.Outcome> all = new ArrayList<>(broken);
    all.addAll(other.broken);
    return new Seeds(
        runs + other.runs,
        events + other.events,
        decisions + other.decisions,
        checks + other.checks,
        all);
  }

  /** Those from {@code from} to below {@code to}, on all cores. */
  public static Seeds run(Cluster cluster, long from, long to, Mutation mutation)
      throws InterruptedException, ExecutionException {
    int threads = Runtime.getRuntime().availableProcessors();
    Seeds total = new Seeds(0, 0, 0, 0, List.of());
    try (ExecutorService pool =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("sim-", 0).factory())) {
      List<Future<Seeds>> parts = new ArrayList<>();
      for (long at = from; at < to; at += CHUNK) {
        long begin = at;
        parts.add(pool.submit(() -> some(cluster, begin, Math.min(to, begin + CHUNK), mutation)));
      }
      for (Future<Seeds> part : parts) {
        total = total.plus(part.get());
      }
    }
    return total;
  }

  private static Seeds some(Cluster cluster, long from, long to, Mutation mutation) {
    Seeds total = new Seeds(0, 0, 0, 0, List.of());
    for (long seed = from; seed < to; seed++) {
      World.Outcome run = World.run(cluster, seed, mutation, false);
      total =
          total.plus(
              new Seeds(
                  1,
                  run.events(),
                  run.decisions(),
                  run.checks(),
                  run.broken().isPresent() ? List.of(run) : List.of()));
    }
    return total;
  }

  /** The first seed of so many at which a mutant is noticed; 0: none. */
  public static long caught(Cluster cluster, Mutation mutation, int most)
      throws InterruptedException, ExecutionException {
    for (long from = 1; from <= most; from += CHUNK) {
      Seeds part = run(cluster, from, Math.min(most + 1L, from + CHUNK), mutation);
      if (!part.broken.isEmpty()) {
        return part.broken.stream().mapToLong(World.Outcome::seed).min().orElse(0);
      }
    }
    return 0;
  }
}
