package io.weir.agent.control;

import io.weir.v1.Endpoint;
import io.weir.v1.Listener;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.Route;
import io.weir.v1.RouteRule;
import io.weir.v1.RouteSpec;
import io.weir.v1.Snapshot;
import java.util.List;

/** Resources as a controller would send them. */
public final class Resources {
  private Resources() {}

  public static Resource pool(String name, PoolSpec spec) {
    return named(name).setPool(Pool.newBuilder().setSpec(spec)).build();
  }

  public static Resource pool(String name, String... addresses) {
    PoolSpec.Builder spec = PoolSpec.newBuilder();
    for (String address : addresses) {
      spec.addEndpoints(Endpoint.newBuilder().setAddress(address));
    }
    return pool(name, spec.build());
  }

  public static Resource listener(String name, ListenerSpec spec) {
    return named(name).setListener(Listener.newBuilder().setSpec(spec)).build();
  }

  /** All requests to one pool. */
  public static Resource listener(String name, String bind, String pool) {
    return listener(
        name,
        ListenerSpec.newBuilder()
            .setBind(bind)
            .addRoutes(RouteRule.newBuilder().setPool(pool))
            .build());
  }

  public static Resource route(String name, RouteRule rule, String... listeners) {
    return named(name)
        .setRoute(
            Route.newBuilder()
                .setSpec(RouteSpec.newBuilder().addAllListeners(List.of(listeners)).setRule(rule)))
        .build();
  }

  public static Resource.Builder named(String name) {
    return Resource.newBuilder().setMetadata(Metadata.newBuilder().setName(name));
  }

  public static Snapshot snapshot(String epoch, long term, long revision, Resource... resources) {
    return Snapshot.newBuilder()
        .setEpoch(epoch)
        .setTerm(term)
        .setRevision(revision)
        .addAllResources(List.of(resources))
        .build();
  }
}
