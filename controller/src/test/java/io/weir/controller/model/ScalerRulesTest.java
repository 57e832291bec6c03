package io.weir.controller.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.weir.v1.Endpoint;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.ProcessHook;
import io.weir.v1.Resource;
import io.weir.v1.ScaleBehavior;
import io.weir.v1.ScaleHook;
import io.weir.v1.ScalePolicy;
import io.weir.v1.ScaleSchedule;
import io.weir.v1.ScaleTargets;
import io.weir.v1.Scaler;
import io.weir.v1.ScalerSpec;
import io.weir.v1.Violation;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class ScalerRulesTest {
  private static final ScalerSpec GOOD =
      ScalerSpec.newBuilder().setPool("web").setMin(0).setMax(8).build();

  private static Resource scaler(String name, ScalerSpec spec) {
    return Resource.newBuilder()
        .setMetadata(Metadata.newBuilder().setName(name))
        .setScaler(Scaler.newBuilder().setSpec(spec))
        .build();
  }

  private static Resource pool(String... endpoints) {
    PoolSpec.Builder spec = PoolSpec.newBuilder();
    List.of(endpoints)
        .forEach(address -> spec.addEndpoints(Endpoint.newBuilder().setAddress(address)));
    return Resource.newBuilder()
        .setMetadata(Metadata.newBuilder().setName("web"))
        .setPool(Pool.newBuilder().setSpec(spec))
        .build();
  }

  private static Config config(Resource... resources) {
    TreeMap<ResourceKey, Resource> all = new TreeMap<>();
    List.of(resources).forEach(one -> all.put(ResourceKey.of(one).orElseThrow(), one));
    return new Config(1, all);
  }

  private static List<String> problems(Resource... resources) {
    return Validator.check(List.of(resources), config(resources)).stream()
        .map(ScalerRulesTest::text)
        .toList();
  }

  private static String text(Violation violation) {
    return violation.getResource().getName()
        + " "
        + violation.getField()
        + ": "
        + violation.getReason();
  }

  @Test
  void a_pool_with_a_scaler_needs_no_endpoints() {
    assertThat(problems(pool(), scaler("s", GOOD))).isEmpty();
    assertThat(problems(pool()))
        .containsExactly(
            "web endpoints: is empty; a pool needs at least 1 endpoint, discovery or a Scaler");
  }

  @Test
  void a_pool_has_one_scaler_at_most_and_that_names_a_pool_there_is() {
    assertThat(problems(pool("a:1"), scaler("s", GOOD), scaler("t", GOOD)))
        .containsExactly("t pool: Pool \"web\" has Scaler \"s\" already; a pool has at most one");
    assertThat(problems(scaler("s", GOOD))).singleElement().asString().startsWith("s pool: ");
  }

  @Test
  void everything_that_is_wrong_is_said_at_once() {
    ScalerSpec bad =
        ScalerSpec.newBuilder()
            .setPool("web")
            .setMin(9)
            .setMax(3)
            .setTargets(ScaleTargets.newBuilder().setInFlight(-1).setRate(Double.NaN))
            .setOut(
                ScaleBehavior.newBuilder()
                    .setTolerance(2)
                    .addPolicies(ScalePolicy.newBuilder().setEndpoints(1).setPercent(2)))
            .setStartup(Duration.newBuilder().setSeconds(4_000))
            .addSchedule(ScaleSchedule.newBuilder().setStart("61 * * * *").setZone("Mars/Olympus"))
            .setHook(
                ScaleHook.newBuilder()
                    .setProcess(
                        ProcessHook.newBuilder()
                            .setFirstPort(65_000)
                            .setPorts(1_000)
                            .addZones("a")
                            .addZones("a zone")))
            .build();
    assertThat(problems(pool("a:1"), scaler("s", bad)))
        .extracting(line -> line.substring(2, line.indexOf(": ")))
        .containsExactly(
            "max",
            "targets.in_flight",
            "targets.rate",
            "out.policies[0]",
            "out.policies[0].period",
            "out.tolerance",
            "startup",
            "schedule[0].start",
            "schedule[0].duration",
            "schedule[0].zone",
            "hook.process.command",
            "hook.process.ports",
            "hook.process.zones[1]");
  }

  @Test
  void what_others_need_is_not_deleted() {
    assertThat(Validator.checkDeletion(Set.of(ResourceKey.pool("web")), config(scaler("s", GOOD))))
        .extracting(ScalerRulesTest::text)
        .containsExactly(
            "web : is used by Scaler \"s\" (pool); change or delete that first, or both at once");
    assertThat(Validator.checkDeletion(Set.of(ResourceKey.scaler("s")), config(pool())))
        .extracting(ScalerRulesTest::text)
        .singleElement()
        .asString()
        .contains("would have no endpoints without it");
  }
}
