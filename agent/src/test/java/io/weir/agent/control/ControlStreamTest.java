package io.weir.agent.control;

import static io.weir.agent.control.Resources.listener;
import static io.weir.agent.control.Resources.pool;
import static io.weir.agent.control.Resources.snapshot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.weir.agent.control.LastGood.Opening.Opened;
import io.weir.agent.model.Refusal;
import io.weir.v1.Ack;
import io.weir.v1.AgentMessage;
import io.weir.v1.ControllerMessage;
import io.weir.v1.Delta;
import io.weir.v1.Hello;
import io.weir.v1.Nack;
import io.weir.v1.ResourceRef;
import io.weir.v1.Snapshot;
import io.weir.v1.Violation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlStreamTest {
  private static final Snapshot FIRST =
      snapshot("e", 1, 5, listener("web", "0.0.0.0:80", "p"), pool("p", "a:1"));

  @TempDir Path dir;

  private final MemoryDataPlane plane = new MemoryDataPlane();
  private final List<String> events = new CopyOnWriteArrayList<>();
  private ScriptedController controller = ScriptedController.start();
  private final ScheduledThreadPoolExecutor control = new ScheduledThreadPoolExecutor(1);
  private LastGood lastGood;
  private RunningConfig config;
  private ControlStream stream;

  @BeforeEach
  void build() {
    lastGood = ((Opened) LastGood.open(dir)).lastGood();
    config =
        new RunningConfig(
            new SnapshotCompiler("1.2.3"),
            plane,
            lastGood,
            control,
            snapshot -> events.add("swapped " + snapshot.revision()));
    stream =
        new ControlStream(
            List.of(controller.address()),
            new Identity("blue", "edge-1", Map.of("zone", "a"), "1.2.3", "abc", "0.0.0.0:7402"),
            config,
            control,
            new Random(1),
            new Events());
  }

  @AfterEach
  void stop() throws Exception {
    stream.close().get(10, TimeUnit.SECONDS);
    control.shutdownNow();
    lastGood.close();
    controller.close();
  }

  private final class Events implements ControlStream.Listener {
    @Override
    public void connected(Uplink uplink, Welcomed by) {
      events.add("connected " + by.reportInterval().toMillis() + " " + uplink.ready());
    }

    @Override
    public void writable() {}

    @Override
    public void disconnected() {
      events.add("disconnected");
    }

    @Override
    public void told(ControllerMessage message) {
      events.add("told " + message.getMessageCase());
    }

    @Override
    public void refused(HostPort by, Status.Code code, String why) {
      events.add("refused " + code + " " + why);
    }
  }

  private static AgentMessage ack(long term, long revision) {
    return AgentMessage.newBuilder()
        .setAck(Ack.newBuilder().setEpoch("e").setTerm(term).setRevision(revision))
        .build();
  }

  private static Delta delta(long base, long revision) {
    return Delta.newBuilder()
        .setEpoch("e")
        .setTerm(1)
        .setBaseRevision(base)
        .setRevision(revision)
        .addChanged(pool("p", "b:1"))
        .build();
  }

  /** Started, welcomed and running {@link #FIRST}. */
  private ScriptedController.Stream synced() {
    stream.start();
    ScriptedController.Stream agent = controller.accept().welcome("e", 1).send(FIRST);
    assertThat(agent.answer()).isEqualTo(ack(1, 5));
    return agent;
  }

  private List<Long> saved() {
    return lastGood.load().snapshots().stream().map(Snapshot::getRevision).toList();
  }

  @Nested
  class Connecting {
    @Test
    void introducesItself() {
      stream.start();
      assertThat(controller.accept().hello())
          .isEqualTo(
              Hello.newBuilder()
                  .setCluster("blue")
                  .setAgent("edge-1")
                  .putLabels("zone", "a")
                  .setVersion("1.2.3")
                  .setInstance("abc")
                  .setGossip("0.0.0.0:7402")
                  .build());
    }

    @Test
    void reportsAsOftenAsItIsToldWithinBounds() {
      stream.start();
      ScriptedController.Stream agent = controller.accept();
      agent.welcome("e", 1, 1).welcome("e", 1, 250).welcome("e", 1, 3_600_000);
      await()
          .untilAsserted(() ->
              assertThat(events)
                  .containsExactly(
                      "connected 100 true", "connected 250 true", "connected 60000 true"));
    }

    @Test
    void saysGoodbye() throws Exception {
      ScriptedController.Stream agent = synced();
      stream.close().get(10, TimeUnit.SECONDS);
      assertThat(agent.end()).isEqualTo("completed");
    }

    @Test
    void isTriedUntilThereIsAController() {
      HostPort address = controller.address();
      controller.close();
      stream.start();
      controller = ScriptedController.start(address.port());
      assertThat(controller.accept().hello().getAgent()).isEqualTo("edge-1");
    }

    @Test
    void againSaysWhatRuns() {
      ScriptedController.Stream agent = synced();
      agent.end(Status.UNAVAILABLE);
      Hello again = controller.accept().hello();
      assertThat(again.getEpoch()).isEqualTo("e");
      assertThat(again.getRevision()).isEqualTo(5);
      assertThat(events).containsSubsequence("connected 60000 true", "disconnected");
      assertThat(plane.revisions()).containsExactly(5L);
    }

    @Test
    void survivesTheControllersRestart() {
      synced();
      HostPort address = controller.address();
      controller.close();
      controller = ScriptedController.start(address.port());
      ScriptedController.Stream agent = controller.accept();
      assertThat(agent.hello().getRevision()).isEqualTo(5);
      agent.welcome("e", 2).send(snapshot("e", 2, 6));
      assertThat(agent.answer()).isEqualTo(ack(2, 6));
    }

    @Test
    void toAnotherClusterIsSaidAndTriedAgainSlowly() {
      stream.start();
      controller.accept().end(Status.FAILED_PRECONDITION.withDescription("this is green"));
      await()
          .untilAsserted(() ->
              assertThat(events).containsExactly("refused FAILED_PRECONDITION this is green"));
      assertThat(controller.accept().hello().getCluster()).isEqualTo("blue");
    }
  }

  @Nested
  class ASnapshot {
    @Test
    void isAckedOnlyOnceItRunsAndIsOnDisk() {
      plane.hold();
      stream.start();
      ScriptedController.Stream agent = controller.accept().welcome("e", 1).send(FIRST);
      await().until(plane::isSwapping);
      assertThat(agent.isQuiet(AgentMessage::hasAck)).isTrue();
      assertThat(saved()).isEmpty();
      assertThat(config.serving()).isFalse();
      plane.release();
      assertThat(agent.answer()).isEqualTo(ack(1, 5));
      assertThat(saved()).containsExactly(5L);
      assertThat(events).contains("swapped 5");
      assertThat(config.serving()).isTrue();
    }

    @Test
    void isTakenInTurn() {
      plane.hold();
      stream.start();
      ScriptedController.Stream agent = controller.accept().welcome("e", 1).send(FIRST);
      agent.send(delta(5, 6)).send(delta(6, 8));
      await().until(plane::isSwapping);
      plane.release();
      assertThat(agent.answer()).isEqualTo(ack(1, 5));
      assertThat(agent.answer()).isEqualTo(ack(1, 6));
      assertThat(agent.answer()).isEqualTo(ack(1, 8));
      assertThat(plane.running().pools().values())
          .extracting(pool -> pool.endpoints().getFirst().host())
          .containsExactly("b");
      assertThat(saved()).containsExactly(8L, 6L, 5L);
    }

    @Test
    void thatCannotBeRunIsRefusedWithEveryReasonAndTheOldOneStays() {
      ScriptedController.Stream agent = synced();
      agent.send(snapshot("e", 1, 6, pool("p", "nowhere"), listener("web", "x", "gone")));
      Nack nack = agent.answer().getNack();
      assertThat(nack.getRevision()).isEqualTo(6);
      assertThat(nack.getEpoch()).isEqualTo("e");
      assertThat(nack.getTerm()).isEqualTo(1);
      assertThat(nack.getViolationsList())
          .extracting(v -> v.getResource().getName() + " " + v.getField())
          .containsExactly("p endpoints[0].address", "web bind", "web routes[0].pool");
      assertThat(plane.revisions()).containsExactly(5L);
      assertThat(saved()).containsExactly(5L);
      // And the next one starts from what runs.
      agent.send(delta(5, 7));
      assertThat(agent.answer()).isEqualTo(ack(1, 7));
    }

    @Test
    void thatTheDataPlaneRefusesIsNotKept() {
      ScriptedController.Stream agent = synced();
      plane.refuse(
          _ -> List.of(new Refusal("Listener", "web", "bind", "0.0.0.0:80 is already in use")));
      agent.send(snapshot("e", 1, 6));
      assertThat(agent.answer().getNack().getViolationsList())
          .containsExactly(
              Violation.newBuilder()
                  .setResource(ResourceRef.newBuilder().setKind("Listener").setName("web"))
                  .setField("bind")
                  .setReason("0.0.0.0:80 is already in use")
                  .build());
      assertThat(saved()).containsExactly(5L);
    }

    @Test
    void sentAgainAndAgainThoughRefusedDoesNotSpin() {
      ScriptedController.Stream agent = synced();
      for (int i = 0; i < 6; i++) {
        agent.send(snapshot("e", 1, 6, pool("p", "nowhere")));
      }
      long start = System.nanoTime();
      for (int i = 0; i < 6; i++) {
        assertThat(agent.answer().hasNack()).isTrue();
      }
      // Five waits, drawn below 0.1 to 1.6 s with a fixed seed.
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(200));
    }

    @Test
    void thatTheDiskDoesNotTakeRunsAndIsAcked() throws Exception {
      ScriptedController.Stream agent = synced();
      Files.createDirectory(dir.resolve("snapshot.tmp"));
      agent.send(delta(5, 6));
      assertThat(agent.answer()).isEqualTo(ack(1, 6));
      assertThat(plane.revisions()).containsExactly(5L, 6L);
      assertThat(saved()).containsExactly(5L);
    }
  }

  @Nested
  class WhatDoesNotFit {
    @Test
    void aDeltaAgainstAnotherRevisionAsksForASnapshot() {
      ScriptedController.Stream agent = synced();
      agent.send(delta(4, 6));
      Nack nack = agent.answer().getNack();
      assertThat(nack.getViolationsList()).hasSize(1);
      assertThat(nack.getViolations(0).hasResource()).isFalse();
      assertThat(nack.getViolations(0).getField()).isEmpty();
      agent.send(snapshot("e", 1, 6));
      assertThat(agent.answer()).isEqualTo(ack(1, 6));
    }

    @Test
    void anOlderRevisionIsRefusedInWhateverTerm() {
      ScriptedController.Stream agent = synced();
      agent.send(snapshot("e", 1, 4));
      assertThat(agent.answer().getNack().getViolations(0).getField()).isEqualTo("revision");
      agent.send(snapshot("e", 7, 4));
      assertThat(agent.answer().getNack().getViolations(0).getField()).isEqualTo("revision");
      assertThat(plane.revisions()).containsExactly(5L);
    }

    @Test
    void aNewerRevisionIsTakenFromAControllerThatKnowsOfNoNewerTerm() {
      synced().end(Status.UNAVAILABLE);
      controller.accept().welcome("e", 3).end(Status.UNAVAILABLE);
      ScriptedController.Stream other = controller.accept().welcome("e", 0);
      other.send(snapshot("e", 0, 9));
      assertThat(other.answer()).isEqualTo(ack(0, 9));
    }

    @Test
    void anotherEpochThanTheWelcomesIsRefused() {
      ScriptedController.Stream agent = synced();
      agent.send(snapshot("f", 1, 6));
      assertThat(agent.answer().getNack().getViolations(0).getField()).isEqualTo("epoch");
    }

    @Test
    void anotherWelcomeOnTheStreamIsNewsOfTheTermAndEverythingIsReportedAgain() {
      ScriptedController.Stream agent = synced();
      events.clear();
      agent.welcome("e", 2);
      agent.send(snapshot("e", 2, 6));
      assertThat(agent.answer().getAck().getRevision()).isEqualTo(6);
      assertThat(events).containsSubsequence("connected 60000 true", "swapped 6");
      assertThat(events).doesNotContain("disconnected");
    }

    @Test
    void theNextControllerIsDialledWhenOneEndsTheStream() {
      try (ScriptedController other = ScriptedController.start()) {
        ControlStream between =
            new ControlStream(
                List.of(controller.address(), other.address()),
                new Identity("blue", "edge-1", Map.of(), "1.2.3", "abc", ""),
                config,
                control,
                new Random(1),
                new Events());
        between.start();
        boolean first = new Random(1).nextInt(2) == 0;
        ScriptedController one = first ? controller : other;
        ScriptedController next = first ? other : controller;
        one.accept().welcome("e", 1).end(Status.UNAVAILABLE);
        next.accept().welcome("e", 1).end(Status.ALREADY_EXISTS);
        one.accept().welcome("e", 1);
        between.close().join();
      }
    }

    @Test
    void configurationBeforeWelcomeIsRefused() {
      stream.start();
      ScriptedController.Stream agent = controller.accept().send(FIRST);
      assertThat(agent.answer().getNack().getViolations(0).getReason())
          .isEqualTo("configuration before Welcome");
    }

    @Test
    void aMessageOfAKindItDoesNotKnowIsPassedOver() {
      ScriptedController.Stream agent = synced();
      agent.send(ControllerMessage.newBuilder()).send(delta(5, 6));
      assertThat(agent.answer()).isEqualTo(ack(1, 6));
    }

    @Test
    void anotherEpochAfterAReconnectReplacesEverything() {
      synced().end(Status.UNAVAILABLE);
      ScriptedController.Stream agent = controller.accept().welcome("new", 1);
      agent.send(snapshot("new", 1, 2));
      assertThat(agent.answer().getAck().getEpoch()).isEqualTo("new");
      assertThat(plane.revisions()).containsExactly(5L, 2L);
    }
  }

  @Nested
  class WithALastGoodSnapshot {
    private void restore() throws Exception {
      CompletableFuture.completedFuture(lastGood.load().snapshots())
          .thenComposeAsync(config::restore, control)
          .get(10, TimeUnit.SECONDS);
    }

    @Test
    void itRunsBeforeThereIsAController() throws Exception {
      lastGood.save(FIRST);
      restore();
      assertThat(plane.revisions()).containsExactly(5L);
      stream.start();
      ScriptedController.Stream agent = controller.accept();
      assertThat(agent.hello().getRevision()).isEqualTo(5);
      agent.welcome("e", 1).send(delta(5, 6));
      assertThat(agent.answer()).isEqualTo(ack(1, 6));
    }

    @Test
    void thatThisAgentCannotRunTheOneBeforeRuns() throws Exception {
      lastGood.save(FIRST);
      lastGood.save(snapshot("e", 1, 6, pool("p", "nowhere")));
      restore();
      assertThat(plane.revisions()).containsExactly(5L);
    }

    @Test
    void thatIsRefusedAtFirstIsTriedAgain() throws Exception {
      lastGood.save(FIRST);
      plane.refuse(_ -> List.of(new Refusal("Listener", "web", "bind", "in use")));
      restore();
      assertThat(config.serving()).isFalse();
      stream.start();
      Hello hello = controller.accept().hello();
      assertThat(hello.getEpoch()).isEmpty();
      assertThat(hello.getRevision()).isZero();
      plane.refuse(_ -> List.of());
      await().untilAsserted(() -> assertThat(plane.revisions()).containsExactly(5L));
    }
  }
}
