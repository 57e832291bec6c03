package io.weir.e2e.sim.election;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.controller.store.Election;
import io.weir.controller.store.Leadership;
import io.weir.controller.store.Leadership.Leader;
import io.weir.controller.store.Leadership.Member;
import io.weir.e2e.sim.kernel.VirtualExecutor;
import io.weir.e2e.sim.kernel.VirtualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Controllers that elect who leads, while they are killed, paused and cut off from their store. */
final class ElectionTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long TTL = 4 * SECOND;
  private static final int CONTROLLERS = 3;
  private static final int SEEDS = 300;

  private final VirtualTime time = new VirtualTime();
  private final List<Long> won = new ArrayList<>();
  private final List<Candidate> processes = new ArrayList<>();
  private Random random = new Random(1);
  private LeasedStore store = new LeasedStore(time, random);
  private int started;
  private int checks;

  private void begin(long seed) {
    random = new Random(seed);
    store = new LeasedStore(time, random);
    for (int i = 0; i < CONTROLLERS; i++) {
      processes.add(new Candidate());
    }
  }

  private final class Candidate implements Leadership.Listener {
    final VirtualExecutor thread =
        new VirtualExecutor(time, () -> 1_000_000 + random.nextInt(5_000_000));
    final LeasedStore.Way way = store.new Way();
    final Election election;
    long term;
    Optional<Leader> follows = Optional.empty();
    boolean cutOff;
    boolean dead;
    long pausedUntil;

    Candidate() {
      String id = "c" + ++started;
      election =
          new Election(
              way,
              way,
              new Member(id, id + ":7400", "sim", Instant.EPOCH),
              Duration.ofNanos(TTL),
              thread,
              time::now,
              new Random(random.nextLong()));
      store.watch(election::look);
      election.start(this);
    }

    boolean leads() {
      return !dead && term != 0 && election.holds(term);
    }

    void kill() {
      dead = true;
      thread.crash();
    }

    void pause(long length) {
      pausedUntil = time.now() + length;
      thread.pause(pausedUntil);
    }

    @Override
    public void leads(long next) {
      assertThat(won).allMatch(earlier -> earlier < next);
      won.add(next);
      term = next;
      follows = Optional.empty();
    }

    @Override
    public void follows(Optional<Leader> leader) {
      term = 0;
      follows = leader;
    }

    @Override
    public void cutOff(boolean now) {
      cutOff = now;
    }
  }

  private Optional<Candidate> leader() {
    return processes.stream().filter(Candidate::leads).findFirst();
  }

  private void until(long end) {
    while (time.step(end)) {
      check();
    }
  }

  private void check() {
    checks++;
    assertThat(processes.stream().filter(Candidate::leads).count()).isLessThanOrEqualTo(1);
  }

  private void misfortune() {
    Candidate one = processes.get(random.nextInt(CONTROLLERS));
    switch (random.nextInt(4)) {
      case 0 -> {
        one.kill();
        processes.remove(one);
        time.after(random.nextLong(10 * SECOND), () -> processes.add(new Candidate()));
      }
      case 1 -> one.pause(random.nextLong(3 * TTL));
      case 2 -> {
        one.way.failures = LeasedStore.ALL;
        time.after(random.nextLong(3 * TTL), () -> one.way.failures = 0);
      }
      default -> {
        processes.forEach(each -> each.way.failures = 0.3);
        time.after(
            random.nextLong(2 * TTL), () -> processes.forEach(each -> each.way.failures = 0));
      }
    }
  }

  @Test
  void atMostOneLeadsWhateverHappensAndOneDoesOnceAllIsWell() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      ElectionTest run = new ElectionTest();
      try {
        run.runOnce(seed);
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private void runOnce(long seed) {
    begin(seed);
    until(SECOND);
    assertThat(leader()).isPresent();
    for (int i = 0; i < 8; i++) {
      long at = SECOND + random.nextLong(60 * SECOND);
      time.at(
          at,
          () -> {
            if (processes.size() == CONTROLLERS) {
              misfortune();
            }
          });
    }
    until(90 * SECOND);
    assertThat(checks).isPositive();
    assertThat(processes).hasSize(CONTROLLERS);
    Candidate leading = leader().orElseThrow(() -> new AssertionError("nobody leads"));
    for (Candidate other : processes) {
      assertThat(other.cutOff).isFalse();
      if (other != leading) {
        assertThat(other.follows.map(Leader::term)).contains(leading.term);
      }
    }
  }

  @Test
  void anotherLeadsWithinOneAndAHalfTimesTheTtlOfTheLeadersDeath() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      ElectionTest run = new ElectionTest();
      run.begin(seed);
      run.until(10 * SECOND + run.random.nextLong(TTL));
      run.leader().orElseThrow().kill();
      run.until(run.time.now() + TTL + TTL / 2);
      assertThat(run.leader()).as("seed %d", seed).isPresent();
    }
  }

  @Test
  void aLeaderThatStopsInGoodOrderIsReplacedAtOnce() {
    begin(1);
    until(10 * SECOND);
    Candidate leading = leader().orElseThrow();
    long term = leading.term;
    leading.election.resign(term);
    until(11 * SECOND);
    assertThat(leader().orElseThrow().term).isGreaterThan(term);
  }

  @Test
  void aLeaderThatWasPausedForLongerThanTheTtlKnowsByItsOwnClock() {
    begin(1);
    until(10 * SECOND);
    Candidate leading = leader().orElseThrow();
    leading.pause(2 * TTL);
    until(10 * SECOND + TTL);
    assertThat(leading.leads()).isFalse();
    until(time.now() + TTL / 2);
    assertThat(leader()).isPresent();
    until(time.now() + 2 * TTL);
    assertThat(leading.follows).isPresent();
  }

  @Test
  void oneThatCannotReachTheStoreSaysSoOnlyWhereThereAreOthers() {
    begin(1);
    until(10 * SECOND);
    Candidate one = processes.getFirst();
    one.way.failures = LeasedStore.ALL;
    until(25 * SECOND);
    assertThat(one.cutOff).isTrue();
    one.way.failures = 0;
    until(35 * SECOND);
    assertThat(one.cutOff).isFalse();
  }
}
