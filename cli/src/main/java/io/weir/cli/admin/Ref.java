package io.weir.cli.admin;

import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;

/** Names one resource. */
public record Ref(Kind kind, String name) {
  public static Ref of(Resource resource) {
    Kind kind =
        switch (resource.getKindCase()) {
          case POOL -> Kind.POOL;
          case LISTENER -> Kind.LISTENER;
          case ROUTE -> Kind.ROUTE;
          case ROLLOUT -> Kind.ROLLOUT;
          case SCALER -> Kind.SCALER;
          case AGENT -> Kind.AGENT;
          case KIND_NOT_SET ->
              throw CtlException.error(
                  "the controller knows a kind of resource that this weir does not; update it");
        };
    return new Ref(kind, resource.getMetadata().getName());
  }

  public static Ref of(ResourceRef ref) {
    return new Ref(
        Kind.named(ref.getKind())
            .orElseThrow(() ->
                CtlException.error(
                    "the controller knows a kind of resource that this weir does not: "
                        + ref.getKind()
                        + "; update it")),
        ref.getName());
  }

  public ResourceRef proto() {
    return ResourceRef.newBuilder().setKind(kind.title()).setName(name).build();
  }

  /** As in YAML and in problems: "Pool/backend". */
  public String title() {
    return kind.title() + "/" + name;
  }

  /** "pool/backend". */
  @Override
  public String toString() {
    return kind.lower() + "/" + name;
  }
}
