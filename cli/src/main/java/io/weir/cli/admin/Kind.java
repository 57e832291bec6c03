package io.weir.cli.admin;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The kinds of resource, in the order in which they refer to each other. */
public enum Kind {
  POOL("Pool", "pool", "pools", "po"),
  LISTENER("Listener", "listener", "listeners", "li"),
  ROUTE("Route", "route", "routes", "ro"),
  ROLLOUT("Rollout", "rollout", "rollouts", "rp"),
  SCALER("Scaler", "scaler", "scalers", "sc"),
  AGENT("Agent", "agent", "agents", "ag");

  /** Those that can be applied, first those that others refer to. */
  public static final List<Kind> DECLARED = List.of(POOL, LISTENER, ROUTE, ROLLOUT, SCALER);

  private final String title;
  private final String lower;
  private final String plural;
  private final String abbreviation;

  Kind(String title, String lower, String plural, String abbreviation) {
    this.title = title;
    this.lower = lower;
    this.plural = plural;
    this.abbreviation = abbreviation;
  }

  /** As on the wire and in YAML: "Pool". */
  public String title() {
    return title;
  }

  /** As in output: "pool". */
  public String lower() {
    return lower;
  }

  public String plural() {
    return plural;
  }

  /** By any of its names, in any case. */
  public static Optional<Kind> named(String name) {
    String known = name.toLowerCase(Locale.ROOT);
    for (Kind kind : values()) {
      if (List.of(kind.lower, kind.plural, kind.abbreviation).contains(known)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }
}
