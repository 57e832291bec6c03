package io.weir.controller.model;

import io.weir.v1.Resource;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The kinds of resource, in the order in which people read them. */
public enum Kind {
  POOL("Pool"),
  LISTENER("Listener"),
  ROUTE("Route"),
  ROLLOUT("Rollout"),
  SCALER("Scaler"),
  AGENT("Agent");

  private final String label;

  Kind(String label) {
    this.label = label;
  }

  /** As in {@code ResourceRef.kind}. */
  public String label() {
    return label;
  }

  /** Whether operators declare it; agents register themselves. */
  public boolean declared() {
    return this != AGENT;
  }

  /** By its exact label. */
  public static Optional<Kind> of(String label) {
    return Arrays.stream(values()).filter(kind -> kind.label.equals(label)).findFirst();
  }

  /** Empty when the resource is of a kind that this controller does not know. */
  public static Optional<Kind> of(Resource resource) {
    return switch (resource.getKindCase()) {
      case POOL -> Optional.of(POOL);
      case LISTENER -> Optional.of(LISTENER);
      case ROUTE -> Optional.of(ROUTE);
      case ROLLOUT -> Optional.of(ROLLOUT);
      case SCALER -> Optional.of(SCALER);
      case AGENT -> Optional.of(AGENT);
      case KIND_NOT_SET -> Optional.empty();
    };
  }

  /** "Pool, Listener, Route, Rollout, Scaler, Agent". */
  public static String all() {
    return Arrays.stream(values()).map(Kind::label).collect(Collectors.joining(", "));
  }
}
