package io.weir.agent.gossip;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weir.agent.balance.EndpointStates;
import io.weir.agent.control.HostPort;
import io.weir.agent.model.Health;
import io.weir.v1.Gossip;
import io.weir.v1.GossipMessage;
import io.weir.v1.GossipPing;
import io.weir.v1.MembershipReport;
import io.weir.v1.Snapshot;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Agents' rings on real sockets of the loopback interface. */
final class GossipServiceTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path dir;
  private final List<Agent> agents = new ArrayList<>();

  @AfterEach
  void close() {
    agents.forEach(a -> a.service.close());
  }

  @Test
  void agentsFindEachOtherAndHearWhatEachObserves() throws IOException {
    Agent a = agent("a");
    Agent b = agent("b");
    Agent c = agent("c");
    tell(a, b, c);
    awaitAlive(a, "b", "c");
    awaitAlive(b, "a", "c");
    awaitAlive(c, "a", "b");
    a.service.observed("pool", "10.0.0.1:80", Health.UNHEALTHY);
    await().atMost(SOON).until(() -> c.heard.contains("a pool 10.0.0.1:80 UNHEALTHY"));
    await().atMost(SOON).until(() -> b.heard.contains("a pool 10.0.0.1:80 UNHEALTHY"));
    assertThat(a.service.report().getMembersList())
        .extracting(MembershipReport.Member::getState)
        .containsOnly(MembershipReport.State.STATE_ALIVE);
    assertThat(a.service.counts().dropped().values()).containsOnly(0L);
  }

  @Test
  void oneThatLeavesHasLeftAndOneThatVanishesIsDead() throws IOException {
    Agent a = agent("a");
    Agent b = agent("b");
    Agent c = agent("c");
    tell(a, b, c);
    awaitAlive(a, "b", "c");
    b.service.close();
    await().atMost(SOON).until(() -> state(a, "b") == MembershipReport.State.STATE_LEFT);
    c.socket.close();
    await().atMost(SOON).until(() -> state(a, "c") == MembershipReport.State.STATE_DEAD);
    assertThat(a.alive).isEmpty();
  }

  @Test
  void theRingFormsAgainWithoutAController() throws IOException {
    Agent a = agent("a");
    Agent b = agent("b");
    tell(a, b);
    awaitAlive(a, "b");
    Path file = dir.resolve("b").resolve("ring");
    await().atMost(SOON).until(() -> Files.exists(file));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    b.service.close();
    await().atMost(SOON).until(() -> state(a, "b") == MembershipReport.State.STATE_LEFT);
    agent("b");
    awaitAlive(a, "b");
  }

  @Test
  void whomTheControllerHadNotToldOfIsKnownAfterARestart() throws IOException {
    Agent a = agent("a");
    tell(a);
    Agent b = agent("b");
    b.service.told(among(a, b));
    awaitAlive(a, "b");
    Path file = dir.resolve("a").resolve("ring");
    await()
        .atMost(SOON)
        .until(() -> Files.readString(file, ISO_8859_1).contains(b.service.address()));
    a.service.close();
    await().atMost(SOON).until(() -> state(b, "a") == MembershipReport.State.STATE_LEFT);
    awaitAlive(agent("a"), "b");
  }

  @Test
  void oneThatHasNothingIsGivenWhatOthersRun() throws IOException {
    Agent a = agent("a");
    Agent b = agent("b");
    Agent blank = agent("blank");
    a.own = Optional.of(Snapshot.newBuilder().setRevision(7).setScope("x").build());
    tell(a, b, blank);
    await()
        .atMost(SOON)
        .until(() -> {
          blank.service.fetch();
          return blank.offers.contains("a 7");
        });
    assertThat(blank.offers).as("b has nothing to give").containsOnly("a 7");
  }

  @Test
  void strangersChangeNothingAndAreCounted() throws IOException {
    Agent a = agent("a");
    tell(a);
    InetSocketAddress to =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), a.socket.address().port());
    Seal seal = new Seal("blue", "mallory", new SecureRandom());
    seal.keys(Keys.of(List.of(SealTest.key(1))));
    byte[] genuine =
        seal.seal(
            GossipMessage.newBuilder()
                .setFrom("mallory")
                .setTo("a")
                .setPing(GossipPing.newBuilder().setNumber(1))
                .build());
    byte[] forged = genuine.clone();
    forged[forged.length - 1] ^= 1;
    try (DatagramSocket socket = new DatagramSocket()) {
      await().atMost(SOON).until(() -> a.service.counts().alive() == 1);
      for (byte[] packet : List.of(forged, genuine, genuine, new byte[1_401], new byte[] {1})) {
        socket.send(new DatagramPacket(packet, packet.length, to));
      }
      await()
          .atMost(SOON)
          .untilAsserted(() -> {
            GossipCounts counts = a.service.counts();
            assertThat(counts.received()).isEqualTo(1);
            assertThat(counts.dropped())
                .containsEntry(Dropped.FORGED, 1L)
                .containsEntry(Dropped.REPLAYED, 1L)
                .containsEntry(Dropped.OVERSIZED, 1L)
                .containsEntry(Dropped.MALFORMED, 1L);
          });
    }
    try (Socket socket = new Socket(to.getAddress(), to.getPort())) {
      new DataOutputStream(socket.getOutputStream()).writeInt(Integer.MAX_VALUE);
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> assertThat(a.service.counts().dropped()).containsEntry(Dropped.OVERSIZED, 2L));
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
    assertThat(a.alive).isEmpty();
  }

  @Test
  void aPortThatIsTakenIsSaidInOneSentence() throws IOException {
    Agent a = agent("a");
    assertThat(GossipSocket.open(a.socket.address()))
        .isInstanceOfSatisfying(
            GossipSocket.Opening.Unusable.class,
            unusable ->
                assertThat(unusable.sentence())
                    .contains(a.socket.address().toString())
                    .contains("--gossip")
                    .doesNotContain("\n"));
  }

  private static MembershipReport.State state(Agent by, String of) {
    return by.service.report().getMembersList().stream()
        .filter(m -> m.getAgent().equals(of))
        .map(MembershipReport.Member::getState)
        .findFirst()
        .orElse(MembershipReport.State.STATE_UNSPECIFIED);
  }

  private static void awaitAlive(Agent agent, String... others) {
    await().atMost(SOON).untilAsserted(() -> assertThat(agent.alive).containsOnly(others));
  }

  /** As the controller does: the keys, and everybody's address. */
  private static void tell(Agent... agents) {
    for (Agent agent : agents) {
      agent.service.told(among(agents));
    }
  }

  private static Gossip among(Agent... agents) {
    Gossip.Builder gossip = Gossip.newBuilder().addKeys(SealTest.key(1));
    for (Agent agent : agents) {
      gossip.addMembers(
          Gossip.Member.newBuilder().setAgent(agent.name).setAddress(agent.service.address()));
    }
    return gossip.build();
  }

  private Agent agent(String name) throws IOException {
    Agent agent = new Agent(name, dir.resolve(name));
    agents.add(agent);
    agent.service.start(Gossip.getDefaultInstance(), () -> agent.own);
    return agent;
  }

  private static final class Agent implements GossipListener {
    final String name;
    final GossipSocket socket;
    final GossipService service;
    final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<String> offers = new ConcurrentLinkedQueue<>();
    volatile Optional<Snapshot> own = Optional.empty();
    volatile Set<String> alive = Set.of();

    Agent(String name, Path dir) throws IOException {
      this.name = name;
      Files.createDirectories(dir);
      this.socket =
          switch (GossipSocket.open(new HostPort("127.0.0.1", 0))) {
            case GossipSocket.Opening.Opened opened -> opened.socket();
            case GossipSocket.Opening.Unusable unusable ->
                throw new IOException(unusable.sentence());
          };
      this.service =
          new GossipService(
              "blue",
              name,
              socket,
              dir,
              new EndpointStates(),
              new SplittableRandom(),
              InstantSource.system(),
              this);
    }

    @Override
    public void heard(String agent, String pool, String endpoint, Health health) {
      heard.add(agent + " " + pool + " " + endpoint + " " + health);
    }

    @Override
    public void membersAlive(Set<String> agents) {
      alive = agents;
    }

    @Override
    public void offered(String agent, Snapshot snapshot) {
      offers.add(agent + " " + snapshot.getRevision());
    }

    @Override
    public void membershipChanged() {}
  }
}
