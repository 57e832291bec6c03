package io.weir.e2e.crash;

import io.weir.controller.store.EmbeddedStore;
import io.weir.controller.store.Store;
import io.weir.controller.store.StoreException;
import io.weir.e2e.live.Await;
import io.weir.e2e.live.Child;
import io.weir.e2e.live.Fleet;
import io.weir.e2e.live.Program;
import io.weir.e2e.live.Programs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;

/**
 * Kills writers of one embedded store, one after the other.
 *
 * @param kills how many were killed
 * @param acknowledged writes that they were told are done
 * @param lost what was wrong afterwards, one sentence each
 * @param unopened times that the store could not be opened after a kill, with the reason
 */
public record Crashes(int kills, long acknowledged, List<String> lost, List<String> unopened) {
  /** A kill comes at most so long after the first write, in milliseconds. */
  private static final int LONGEST = 250;

  /** One in so many comes at any time since the process was started. */
  private static final int EARLY = 4;

  public Crashes {
    lost = List.copyOf(lost);
    unopened = List.copyOf(unopened);
  }

  /**
   * @param progress told of each kill that is over
   */
  public static Crashes run(Programs programs, int kills, long seed, IntConsumer progress) {
    SplittableRandom random = new SplittableRandom(seed);
    Acknowledged acknowledged = new Acknowledged();
    List<String> lost = new ArrayList<>();
    List<String> unopened = new ArrayList<>();
    try (Fleet fleet = Fleet.create(programs)) {
      Path dir = fleet.dir().resolve("store");
      for (int kill = 1; kill <= kills; kill++) {
        Child writer =
            fleet.start(
                "writer",
                Program.STORE_WRITER,
                List.of(dir.toString(), Long.toString(random.nextLong())));
        await(writer, random);
        writer.kill();
        writer.awaitExit(Fleet.START);
        String err = writer.err();
        if (!err.isBlank()) {
          unopened.add(
              "after %d kills: %s".formatted(kill - 1, err.lines().findFirst().orElse("")));
        }
        lost.addAll(acknowledged.add(writer.out()));
        check(dir, acknowledged, lost, unopened);
        progress.accept(kill);
      }
    }
    return new Crashes(kills, acknowledged.count(), lost, unopened);
  }

  private static void await(Child writer, SplittableRandom random) {
    if (random.nextInt(EARLY) != 0) {
      Await.until(
          "the writer to write",
          Fleet.START,
          () -> !writer.alive() || writer.out().indexOf('\n') >= 0);
    }
    long end = System.nanoTime() + Duration.ofMillis(random.nextInt(LONGEST)).toNanos();
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }

  private static void check(
      Path dir, Acknowledged acknowledged, List<String> lost, List<String> unopened) {
    try (Store store = EmbeddedStore.open(dir, StoreWriter.CLUSTER)) {
      lost.addAll(acknowledged.missing(store.list("")));
    } catch (StoreException e) {
      unopened.add(e.getMessage());
    }
  }
}
