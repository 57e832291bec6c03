package io.weir.e2e.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Kills, stops and cuts off controllers on one thread and members of etcd on another, one of each
 * at a time; two controllers now and then. Whatever it does it undoes.
 */
final class Nemesis {
  private static final int DEEDS = 3;

  private final Site site;
  private final Consumer<String> log;
  private final TreeMap<String, Integer> deeds = new TreeMap<>();
  private volatile boolean enough;

  /** What can be done to one process, and undone. */
  private record Deed(String name, Runnable evil, Runnable remedy) {}

  Nemesis(Site site, Consumer<String> log) {
    this.site = site;
    this.log = log;
  }

  /** Until {@link #stop}; returns once everything is well again. */
  void hauntControllers(SplittableRandom random) {
    haunt(
        random,
        () -> {
          List<Deed> chosen = new ArrayList<>();
          int first = random.nextInt(Site.SIZE);
          chosen.add(onController(first, random.nextInt(DEEDS)));
          if (random.nextInt(4) == 0) {
            chosen.add(onController((first + 1) % Site.SIZE, random.nextInt(DEEDS)));
          }
          return chosen;
        });
  }

  void hauntEtcd(SplittableRandom random) {
    haunt(random, () -> List.of(onMember(random.nextInt(Site.SIZE), random.nextInt(DEEDS))));
  }

  private interface Choice {
    List<Deed> make();
  }

  private void haunt(SplittableRandom random, Choice choice) {
    while (!enough) {
      pause(random.nextLong(500, 3_000));
      List<Deed> chosen = choice.make();
      for (Deed deed : chosen) {
        log.accept(deed.name());
        synchronized (deeds) {
          deeds.merge(deed.name().replaceFirst(" .*", ""), 1, Integer::sum);
        }
        deed.evil().run();
      }
      pause(random.nextLong(500, 8_000));
      chosen.forEach(deed -> deed.remedy().run());
    }
  }

  private Deed onController(int which, int kind) {
    int host = Site.SIZE + which;
    return switch (site.hasLinks() ? kind : kind % 2) {
      case 0 ->
          new Deed(
              "kill controller " + which,
              () -> site.killController(which),
              () -> {
                site.startController(which);
                site.awaitController(which);
              });
      case 1 ->
          new Deed(
              "stop controller " + which,
              () -> site.signalController(which, "STOP"),
              () -> site.signalController(which, "CONT"));
      default -> new Deed("cut controller " + which, () -> site.cut(host), () -> site.mend(host));
    };
  }

  private Deed onMember(int which, int kind) {
    return switch (site.hasLinks() ? kind : kind % 2) {
      case 0 ->
          new Deed(
              "kill etcd " + which,
              () -> site.etcd().kill(which),
              () -> {
                site.etcd().restart(which);
                site.etcd().awaitServing(which);
              });
      case 1 ->
          new Deed(
              "stop etcd " + which,
              () -> site.etcd().freeze(which),
              () -> {
                site.etcd().thaw(which);
                site.etcd().awaitServing(which);
              });
      default ->
          new Deed(
              "cut etcd " + which,
              () -> site.cut(which),
              () -> {
                site.mend(which);
                site.etcd().awaitServing(which);
              });
    };
  }

  private static void pause(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  void stop() {
    enough = true;
  }

  /** How often each was done. */
  Map<String, Integer> deeds() {
    synchronized (deeds) {
      return new TreeMap<>(deeds);
    }
  }
}
