package io.weir.controller.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.controller.instances.Past;
import io.weir.v1.Endpoint;
import io.weir.v1.InstanceState;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.ScaledInstance;
import io.weir.v1.Scaler;
import io.weir.v1.ScalerRecord;
import io.weir.v1.ScalerSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class ScaledTest {
  private static Config config(String... declared) {
    PoolSpec.Builder spec = PoolSpec.newBuilder();
    for (String address : declared) {
      spec.addEndpoints(Endpoint.newBuilder().setAddress(address));
    }
    TreeMap<ResourceKey, Resource> all = new TreeMap<>();
    all.put(
        ResourceKey.pool("web"),
        Resource.newBuilder()
            .setMetadata(Metadata.newBuilder().setName("web"))
            .setPool(Pool.newBuilder().setSpec(spec))
            .build());
    all.put(
        ResourceKey.scaler("s"),
        Resource.newBuilder()
            .setMetadata(Metadata.newBuilder().setName("s"))
            .setScaler(Scaler.newBuilder().setSpec(ScalerSpec.newBuilder().setPool("web")))
            .build());
    return new Config(5, all);
  }

  private static ScaledInstance instance(String address, InstanceState state) {
    return ScaledInstance.newBuilder()
        .setId("i-" + address)
        .setAddress(address)
        .setState(state)
        .build();
  }

  private static List<Endpoint> endpoints(Config config) {
    return config.get(ResourceKey.pool("web")).orElseThrow().getPool().getSpec().getEndpointsList();
  }

  @Test
  void instances_are_endpoints_that_take_requests_only_while_they_serve() {
    ScalerRecord record =
        ScalerRecord.newBuilder()
            .addInstances(instance("10.0.0.1:80", InstanceState.INSTANCE_STATE_STARTING))
            .addInstances(instance("10.0.0.2:80", InstanceState.INSTANCE_STATE_SERVING))
            .addInstances(instance("10.0.0.3:80", InstanceState.INSTANCE_STATE_DRAINING))
            .addInstances(instance("10.0.0.4:80", InstanceState.INSTANCE_STATE_ENDING))
            .addInstances(ScaledInstance.newBuilder().setId("nowhere yet"))
            .build();
    Config with = Scaled.with(config("10.0.0.3:80"), Map.of("s", new Scaled(9, record)));
    assertThat(with.revision()).isEqualTo(9);
    assertThat(endpoints(with))
        .containsExactly(
            Endpoint.newBuilder().setAddress("10.0.0.3:80").setDrain(true).build(),
            Endpoint.newBuilder().setAddress("10.0.0.1:80").setWeight(0).build(),
            Endpoint.newBuilder().setAddress("10.0.0.2:80").build(),
            Endpoint.newBuilder().setAddress("10.0.0.4:80").setDrain(true).build());
  }

  @Test
  void an_instances_zone_is_its_endpoints_where_none_is_declared() {
    ScalerRecord record =
        ScalerRecord.newBuilder()
            .addInstances(
                instance("10.0.0.1:80", InstanceState.INSTANCE_STATE_SERVING).toBuilder()
                    .setZone("a"))
            .addInstances(
                instance("10.0.0.2:80", InstanceState.INSTANCE_STATE_SERVING).toBuilder()
                    .setZone("b"))
            .build();
    Resource pool = config("10.0.0.2:80").get(ResourceKey.pool("web")).orElseThrow();
    Resource.Builder declared = pool.toBuilder();
    declared.getPoolBuilder().getSpecBuilder().getEndpointsBuilder(0).setZone("mine");
    assertThat(
            Scaled.with(declared.build(), record.getInstancesList())
                .getPool()
                .getSpec()
                .getEndpointsList())
        .extracting(Endpoint::getZone)
        .containsExactly("mine", "a");
  }

  @Test
  void a_pool_whose_last_instance_is_gone_is_newer_than_it_was_with_it() {
    Config before =
        Scaled.with(
            config(),
            Map.of(
                "s",
                new Scaled(
                    9,
                    ScalerRecord.newBuilder()
                        .addInstances(instance("10.0.0.2:80", InstanceState.INSTANCE_STATE_SERVING))
                        .build())));
    Config after =
        Scaled.with(config(), Map.of("s", new Scaled(11, ScalerRecord.getDefaultInstance())));
    assertThat(endpoints(after)).isEmpty();
    assertThat(after.revision()).isEqualTo(11).isGreaterThan(before.revision());
    assertThat(Scaled.with(config(), Map.of()).revision()).isEqualTo(5);
  }

  @Test
  void what_there_was_at_an_earlier_revision_can_be_told() {
    Map<Long, List<ScaledInstance>> then = new HashMap<>();
    ScalerRecord record = ScalerRecord.getDefaultInstance();
    long written = 0;
    for (int i = 1; i <= 6; i++) {
      // Every other write changes nothing but what nobody else sees.
      ScalerRecord next =
          i % 2 == 0
              ? record.toBuilder().setDesired(i).build()
              : record.toBuilder()
                  .addInstances(
                      instance("10.0.0." + i + ":80", InstanceState.INSTANCE_STATE_SERVING))
                  .build();
      record = Past.kept(record, written, next);
      written = 10L * i;
      then.put(written, record.getInstancesList());
    }
    Scaled last = new Scaled(written, record);
    then.forEach((revision, instances) -> {
      assertThat(last.at(revision)).contains(instances);
      assertThat(last.at(revision + 5)).contains(instances);
    });
    assertThat(last.at(5)).isEmpty();
  }
}
