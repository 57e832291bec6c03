package io.weir.e2e.arch.sample.agent.balance;

import io.vertx.core.Vertx;
import io.weir.e2e.arch.sample.agent.probe.PoolManager;
import java.io.File;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;

/** All that pure code must not do. */
public record Clocked(Vertx vertx, File file, PoolManager cycle) {
  double chance() {
    return System.nanoTime()
        + Instant.now().toEpochMilli()
        + new Random(1).nextInt()
        + ThreadLocalRandom.current().nextInt()
        + Math.random();
  }

  void run(Executor executor) {
    executor.execute(() -> Thread.ofVirtual().start(this::chance));
  }
}
