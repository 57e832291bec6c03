package io.weir.controller.model;

import com.google.protobuf.Message;
import io.weir.v1.Metadata;
import io.weir.v1.Resource;

/** What of a resource its writer declares: name, labels, annotations and spec. */
public final class Declaration {
  private Declaration() {}

  /** Without status and without the fields that only Weir writes. */
  public static Resource of(Resource resource) {
    Metadata metadata = resource.getMetadata();
    return withoutStatus(resource).toBuilder()
        .setMetadata(
            metadata.toBuilder().clearRevision().clearGeneration().clearCreated().clearUpdated())
        .build();
  }

  public static Resource withoutStatus(Resource resource) {
    Resource.Builder bare = resource.toBuilder();
    switch (resource.getKindCase()) {
      case POOL -> bare.getPoolBuilder().clearStatus();
      case LISTENER -> bare.getListenerBuilder().clearStatus();
      case ROUTE -> bare.getRouteBuilder().clearStatus();
      case ROLLOUT -> {}
      case SCALER -> bare.getScalerBuilder().clearStatus();
      case AGENT -> bare.getAgentBuilder().clearStatus();
      case KIND_NOT_SET -> {}
    }
    return bare.build();
  }

  /** Whether two of the same kind want the same; labels and annotations apart. */
  public static boolean sameSpec(Resource one, Resource other) {
    return spec(one).equals(spec(other));
  }

  private static Message spec(Resource resource) {
    return withoutStatus(resource).toBuilder().clearMetadata().build();
  }
}
