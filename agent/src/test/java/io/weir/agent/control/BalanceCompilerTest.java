package io.weir.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.Pool.Balance;
import io.weir.agent.model.Pool.HashKey;
import io.weir.agent.model.Pool.HashTable;
import io.weir.agent.model.Refusal;
import io.weir.agent.model.Steering;
import io.weir.v1.ClientIp;
import io.weir.v1.Hash;
import io.weir.v1.LeastConnections;
import io.weir.v1.Maglev;
import io.weir.v1.PoolSpec;
import io.weir.v1.PowerOfTwo;
import io.weir.v1.Priorities;
import io.weir.v1.Random;
import io.weir.v1.Ring;
import io.weir.v1.SlowStart;
import io.weir.v1.Sticky;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class BalanceCompilerTest {
  private final List<Refusal> refused = new ArrayList<>();
  private final BalanceCompiler compiler = new BalanceCompiler(new Refusals("Pool", "p", refused));

  private static io.weir.v1.Balance.Builder balance() {
    return io.weir.v1.Balance.newBuilder();
  }

  private static com.google.protobuf.Duration seconds(long seconds) {
    return com.google.protobuf.Duration.newBuilder().setSeconds(seconds).build();
  }

  private Balance compiled(io.weir.v1.Balance.Builder balance) {
    return compiler.balance(balance.build());
  }

  private Balance hash(Hash.Builder hash) {
    return compiled(balance().setHash(hash));
  }

  @Test
  void everyPolicyIsKnown() {
    assertThat(compiled(balance())).isEqualTo(new Balance.LeastLatency());
    assertThat(compiled(balance().setLeastConnections(LeastConnections.getDefaultInstance())))
        .isEqualTo(new Balance.LeastConnections());
    assertThat(compiled(balance().setRandom(Random.getDefaultInstance())))
        .isEqualTo(new Balance.Random());
    assertThat(compiled(balance().setPowerOfTwo(PowerOfTwo.getDefaultInstance())))
        .isEqualTo(new Balance.PowerOfTwo());
    assertThat(hash(Hash.newBuilder().setClientIp(ClientIp.getDefaultInstance())))
        .isEqualTo(new Balance.Hash(new HashKey.ClientIp(), new HashTable.Maglev(65_537), 0));
    assertThat(
            hash(
                Hash.newBuilder()
                    .setHeader("X-User")
                    .setRing(Ring.getDefaultInstance())
                    .setBound(125)))
        .isEqualTo(new Balance.Hash(new HashKey.Header("x-user"), new HashTable.Ring(), 125));
    assertThat(
            hash(Hash.newBuilder().setCookie("User").setMaglev(Maglev.newBuilder().setSize(251))))
        .isEqualTo(new Balance.Hash(new HashKey.Cookie("User"), new HashTable.Maglev(251), 0));
    assertThat(refused).isEmpty();
  }

  @Test
  void whatIsNotSaidOfSteeringIsUsual() {
    assertThat(compiler.steering(PoolSpec.getDefaultInstance())).isEqualTo(Steering.USUAL);
  }

  @Test
  void whatIsSaidIsTaken() {
    PoolSpec spec =
        PoolSpec.newBuilder()
            .setSticky(Sticky.newBuilder().setCookie("srv").setMaxAge(seconds(60)))
            .setPriorities(Priorities.newBuilder().setOverprovisioning(100).setPanic(0))
            .setPreferZone(true)
            .setSlowStart(SlowStart.newBuilder().setWindow(seconds(30)).setAggression(2))
            .setSubset(20)
            .build();
    assertThat(compiler.steering(spec))
        .isEqualTo(
            new Steering(
                Optional.of(new Steering.Sticky("srv", Optional.of(Duration.ofMinutes(1)))),
                100,
                0,
                true,
                Optional.of(new Steering.SlowStart(Duration.ofSeconds(30), 2)),
                20));
    assertThat(refused).isEmpty();
  }

  @Test
  void whatIsWrongIsRefusedWithItsPath() {
    hash(Hash.newBuilder());
    hash(Hash.newBuilder().setHeader("a b").setMaglev(Maglev.newBuilder().setSize(1_000)));
    hash(Hash.newBuilder().setCookie("").setBound(100));
    compiler.steering(
        PoolSpec.newBuilder()
            .setBalance(balance().setHash(Hash.getDefaultInstance()))
            .setSticky(Sticky.newBuilder().setCookie("a;b").setMaxAge(seconds(0)))
            .setPriorities(Priorities.newBuilder().setOverprovisioning(99).setPanic(101))
            .setSlowStart(SlowStart.newBuilder().setAggression(0))
            .setSubset(-1)
            .build());
    assertThat(refused)
        .extracting(Refusal::field)
        .containsExactlyInAnyOrder(
            "balance.hash",
            "balance.hash.header",
            "balance.hash.maglev.size",
            "balance.hash.cookie",
            "balance.hash.bound",
            "sticky.cookie",
            "sticky.max_age",
            "priorities.overprovisioning",
            "priorities.panic",
            "slow_start",
            "slow_start.window",
            "slow_start.aggression",
            "subset",
            "subset");
  }
}
