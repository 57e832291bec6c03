package io.weir.controller;

import io.weir.v1.Endpoint;
import io.weir.v1.Listener;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;
import io.weir.v1.Route;
import io.weir.v1.RouteRule;
import io.weir.v1.RouteSpec;
import io.weir.v1.Violation;
import java.util.Map;

/** Resources that are valid as they are. */
public final class Samples {
  private Samples() {}

  public static Resource pool(String name, String... addresses) {
    PoolSpec.Builder spec = PoolSpec.newBuilder();
    for (String address : addresses) {
      spec.addEndpoints(Endpoint.newBuilder().setAddress(address));
    }
    return pool(name, spec);
  }

  public static Resource pool(String name, PoolSpec.Builder spec) {
    return named(name).setPool(Pool.newBuilder().setSpec(spec)).build();
  }

  /** Everything to one pool. */
  public static Resource listener(String name, String bind, String pool) {
    return listener(name, listenerSpec(bind, pool));
  }

  public static ListenerSpec.Builder listenerSpec(String bind, String pool) {
    return ListenerSpec.newBuilder().setBind(bind).addRoutes(RouteRule.newBuilder().setPool(pool));
  }

  public static Resource listener(String name, ListenerSpec.Builder spec) {
    return named(name).setListener(Listener.newBuilder().setSpec(spec)).build();
  }

  public static Resource route(String name, String listener, String prefix, String pool) {
    return named(name)
        .setRoute(
            Route.newBuilder()
                .setSpec(
                    RouteSpec.newBuilder()
                        .addListeners(listener)
                        .setRule(RouteRule.newBuilder().setPathPrefix(prefix).setPool(pool))))
        .build();
  }

  public static Resource atRevision(Resource resource, long revision) {
    return resource.toBuilder()
        .setMetadata(resource.getMetadata().toBuilder().setRevision(revision))
        .build();
  }

  public static Resource labelled(Resource resource, Map<String, String> labels) {
    return resource.toBuilder()
        .setMetadata(resource.getMetadata().toBuilder().putAllLabels(labels))
        .build();
  }

  public static ResourceRef ref(String kind, String name) {
    return ResourceRef.newBuilder().setKind(kind).setName(name).build();
  }

  public static Violation violation(String kind, String name, String field, String reason) {
    return Violation.newBuilder()
        .setResource(ref(kind, name))
        .setField(field)
        .setReason(reason)
        .build();
  }

  private static Resource.Builder named(String name) {
    return Resource.newBuilder().setMetadata(Metadata.newBuilder().setName(name));
  }
}
