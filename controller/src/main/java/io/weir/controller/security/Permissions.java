package io.weir.controller.security;

import static java.util.Map.entry;

import io.weir.v1.ApplyRequest;
import io.weir.v1.DeleteRequest;
import io.weir.v1.RollbackRequest;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which role may make which call. A call that is not here nobody may make. */
public final class Permissions {
  private static final String ADMIN = "weir.v1.AdminService/";
  private static final String KEDA = "externalscaler.ExternalScaler/";

  /** What a call takes. */
  public enum Need {
    /** Looking, and trying out what a change would do. */
    READ("read", EnumSet.of(Role.VIEWER, Role.OPERATOR, Role.ADMIN)),
    /** Changing what the fleet does. */
    WRITE("write", EnumSet.of(Role.OPERATOR, Role.ADMIN)),
    /** Secrets, whole stores, and forgetting agents. */
    ADMINISTER("administer", EnumSet.of(Role.ADMIN)),
    /** Being an agent. */
    SERVE("serve as an agent", EnumSet.of(Role.AGENT)),
    /** Saying that an endpoint is there, or goes. */
    REGISTER("register endpoints", EnumSet.of(Role.AGENT, Role.OPERATOR, Role.ADMIN)),
    /** Being a controller. */
    FOLLOW("follow", EnumSet.of(Role.CONTROLLER)),
    /** A certificate of the cluster. */
    MEMBERSHIP("ask", EnumSet.allOf(Role.class));

    private final String verb;

    @SuppressWarnings("ImmutableEnumChecker") // a copy that nobody can change
    private final Set<Role> roles;

    Need(String verb, Set<Role> roles) {
      this.verb = verb;
      this.roles = Set.copyOf(roles);
    }

    public Set<Role> roles() {
      return roles;
    }

    /** "operator or admin". */
    public String those() {
      return roles.stream()
          .sorted()
          .map(Role::label)
          .reduce((a, b) -> a + " or " + b)
          .orElse("nobody");
    }

    @Override
    public String toString() {
      return verb;
    }
  }

  private static final Map<String, Need> NEEDS =
      Map.ofEntries(
          entry(ADMIN + "Apply", Need.WRITE),
          entry(ADMIN + "Get", Need.READ),
          entry(ADMIN + "List", Need.READ),
          entry(ADMIN + "Delete", Need.WRITE),
          entry(ADMIN + "Watch", Need.READ),
          entry(ADMIN + "History", Need.READ),
          entry(ADMIN + "Rollback", Need.WRITE),
          entry(ADMIN + "Explain", Need.READ),
          entry(ADMIN + "Events", Need.READ),
          entry(ADMIN + "Availability", Need.READ),
          entry(ADMIN + "Await", Need.READ),
          entry(ADMIN + "Cluster", Need.READ),
          entry(ADMIN + "ListRollouts", Need.READ),
          entry(ADMIN + "GetRollout", Need.READ),
          entry(ADMIN + "WatchRollout", Need.READ),
          entry(ADMIN + "SteerRollout", Need.WRITE),
          entry(ADMIN + "Register", Need.REGISTER),
          entry(ADMIN + "SimulateScaler", Need.READ),
          entry(ADMIN + "Join", Need.ADMINISTER),
          entry(ADMIN + "Export", Need.ADMINISTER),
          entry(ADMIN + "Import", Need.ADMINISTER),
          entry(ADMIN + "Audit", Need.WRITE),
          entry("weir.v1.FleetService/Connect", Need.SERVE),
          entry("weir.v1.PeerService/Follow", Need.FOLLOW),
          entry(KEDA + "IsActive", Need.READ),
          entry(KEDA + "StreamIsActive", Need.READ),
          entry(KEDA + "GetMetricSpec", Need.READ),
          entry(KEDA + "GetMetrics", Need.READ),
          entry(KEDA + "StreamMetricSpec", Need.READ),
          entry("grpc.health.v1.Health/Check", Need.MEMBERSHIP),
          entry("grpc.health.v1.Health/Watch", Need.MEMBERSHIP),
          entry("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Need.READ));

  private Permissions() {}

  /**
   * What a call takes, whatever it asks for.
   *
   * @param method as in {@code weir.v1.AdminService/Apply}
   */
  public static Optional<Need> need(String method) {
    return Optional.ofNullable(NEEDS.get(method));
  }

  /** The same, of all that are known. */
  public static Map<String, Need> all() {
    return NEEDS;
  }

  /**
   * What a call takes that asks for just this.
   *
   * @param usual what the call takes whatever it asks for
   */
  public static Need need(Need usual, Object request) {
    return switch (request) {
      case ApplyRequest apply when apply.getDryRun() -> Need.READ;
      case RollbackRequest rollback when rollback.getDryRun() -> Need.READ;
      case DeleteRequest delete
          when delete.getResourcesList().stream().anyMatch(ref -> ref.getKind().equals("Agent")) ->
          Need.ADMINISTER;
      case DeleteRequest delete when delete.getDryRun() -> Need.READ;
      default -> usual;
    };
  }

  /** Whether some request of that kind may be made; {@link #need(Need, Object)} has the rest. */
  static boolean mayTry(Role role, Need usual, String method) {
    return usual.roles().contains(role)
        || (MILDER.contains(method) && Need.READ.roles().contains(role));
  }

  /** Whose dry runs take less. */
  private static final Set<String> MILDER =
      Set.of(ADMIN + "Apply", ADMIN + "Rollback", ADMIN + "Delete");
}
