package io.weir.e2e.security;

import com.google.protobuf.Message;
import io.weir.cli.pki.Role;
import io.weir.v1.AgentMessage;
import io.weir.v1.ApplyRequest;
import io.weir.v1.DeleteRequest;
import io.weir.v1.Hello;
import io.weir.v1.ResourceRef;
import io.weir.v1.RollbackRequest;
import java.util.List;
import java.util.Optional;

/**
 * One call to try.
 *
 * @param row of the documented table
 * @param method as in {@code weir.v1.AdminService/Apply}
 * @param message empty: one without anything in it
 */
record Attempt(String row, String method, Optional<Message> message) {
  private static final String ADMIN = "weir.v1.AdminService/";

  static final String CONNECT = "weir.v1.FleetService/Connect";

  /** Calls of which some are milder or graver than others. */
  static List<Attempt> special() {
    return List.of(
        new Attempt(
            "AdminService/Apply, dry run",
            ADMIN + "Apply",
            Optional.of(ApplyRequest.newBuilder().setDryRun(true).build())),
        new Attempt(
            "AdminService/Rollback, dry run",
            ADMIN + "Rollback",
            Optional.of(RollbackRequest.newBuilder().setDryRun(true).build())),
        new Attempt(
            "AdminService/Delete, dry run",
            ADMIN + "Delete",
            Optional.of(DeleteRequest.newBuilder().setDryRun(true).build())),
        new Attempt(
            "AdminService/Delete of agents",
            ADMIN + "Delete",
            Optional.of(
                DeleteRequest.newBuilder()
                    .addResources(ResourceRef.newBuilder().setKind("Agent").setName("none"))
                    .build())));
  }

  /** What an agent says first. */
  static Attempt hello(String cluster, String agent) {
    return new Attempt(
        "FleetService/Connect",
        CONNECT,
        Optional.of(
            AgentMessage.newBuilder()
                .setHello(
                    Hello.newBuilder()
                        .setCluster(cluster)
                        .setAgent(agent)
                        .setVersion("test")
                        .setInstance("i-" + agent))
                .build()));
  }

  /** What the documentation calls a method. */
  static String row(String method) {
    return method.replace("weir.v1.", "");
  }

  /** The same name whoever calls, so that it is an agent's own. */
  static String name(Role role) {
    return role.label() + "-1";
  }
}
