package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.grpc.Status;
import io.weir.cli.Ctl.Outcome;
import io.weir.v1.AgentStatus;
import io.weir.v1.EndpointStatus;
import io.weir.v1.ResourceRef;
import io.weir.v1.Violation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CtlTest {
  private static final String CLASSIC =
      """
      kind: Listener
      name: web
      bind: "0.0.0.0:8080"
      routes:
      - {hosts: [localhost], path_prefix: /, pool: backend}
      ---
      kind: Pool
      name: backend
      labels: {tier: web}
      endpoints:
      - {address: "10.10.10.2:80", weight: 1}
      - {address: "10.10.10.3:80", weight: 2}
      - {address: "10.10.10.4:80", priority: 1}
      health: {http: {path: /healthz}, interval: 1s}
      ---
      kind: Route
      name: api
      listeners: [web]
      rule: {path_prefix: /v1, pool: backend}
      """;

  @TempDir Path folder = Path.of("");
  private final Ctl ctl = new Ctl();

  @AfterEach
  void stop() {
    ctl.close();
  }

  private void applied() {
    assertThat(ctl.runWith(CLASSIC, "apply", "-f", "-", "-m", "first")).isEqualTo(CREATED);
  }

  private static final Outcome CREATED =
      ok("pool/backend created\nlistener/web created\nroute/api created\n");

  private static Outcome ok(String out) {
    return new Outcome(0, out, "");
  }

  private static Outcome error(String err) {
    return new Outcome(1, "", err);
  }

  private Path file(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.resolveSibling("."));
    return Files.writeString(file, text);
  }

  private static Timestamp ago(long seconds) {
    return Timestamp.newBuilder().setSeconds(Ctl.NOW.getEpochSecond() - seconds).build();
  }

  private void fleet() {
    ctl.admin.agent(
        "edge-1",
        Map.of("zone", "a"),
        AgentStatus.newBuilder()
            .setState(AgentStatus.State.STATE_SYNCED)
            .setAckedRevision(1)
            .setDesiredRevision(1)
            .setVersion("0.1.0")
            .setPeer("10.0.0.1:4711")
            .setSince(ago(7300))
            .build());
    ctl.admin.agent(
        "edge-2",
        Map.of(),
        AgentStatus.newBuilder()
            .setState(AgentStatus.State.STATE_REJECTED)
            .setAckedRevision(1)
            .setDesiredRevision(12)
            .setRejectedRevision(12)
            .addViolations(
                Violation.newBuilder()
                    .setResource(ResourceRef.newBuilder().setKind("Listener").setName("web"))
                    .setField("bind")
                    .setReason("address already in use"))
            .setVersion("0.1.0")
            .setPeer("10.0.0.2:4711")
            .setSince(ago(5))
            .build());
    ctl.admin.status(
        "backend",
        EndpointStatus.newBuilder()
            .setAddress("10.10.10.2:80")
            .setHealthy(2)
            .setInFlight(3)
            .setRequests(12345)
            .build(),
        EndpointStatus.newBuilder()
            .setAddress("10.10.10.3:80")
            .setUnhealthy(2)
            .setReason("connection refused")
            .setRequests(500)
            .setFailures(7)
            .build(),
        EndpointStatus.newBuilder()
            .setAddress("10.10.10.4:80")
            .setHealthy(1)
            .setUnknown(1)
            .build());
  }

  @Nested
  final class Apply {
    @Test
    void creates_what_others_refer_to_first_and_then_changes_only_what_differs() {
      applied();
      assertThat(ctl.runWith(CLASSIC.replace("weight: 2", "weight: 5"), "apply", "-f", "-"))
          .isEqualTo(ok("pool/backend configured\nlistener/web unchanged\nroute/api unchanged\n"));
      assertThat(ctl.admin.revision()).isEqualTo(2);
    }

    @Test
    void writes_nothing_on_a_dry_run() {
      assertThat(ctl.runWith(CLASSIC, "apply", "-f", "-", "--dry-run").out())
          .isEqualTo(
              """
              pool/backend created (dry run)
              listener/web created (dry run)
              route/api created (dry run)
              """);
      assertThat(ctl.admin.revision()).isZero();
    }

    @Test
    void reads_the_files_of_a_folder_in_order_and_its_folders_when_asked() throws IOException {
      file("b.yaml", "{kind: Pool, name: b}");
      file("a.json", "{\"kind\": \"Pool\", \"name\": \"a\"}");
      file("notes.txt", "not yaml: [");
      file("deep/c.yml", "{kind: Pool, name: c}");
      assertThat(ctl.run("apply", "-f", folder.toString()))
          .isEqualTo(ok("pool/a created\npool/b created\n"));
      assertThat(ctl.run("apply", "-R", "-f", folder.toString()))
          .isEqualTo(ok("pool/a unchanged\npool/b unchanged\npool/c created\n"));
    }

    @Test
    void sends_more_than_a_hundred_in_several_steps() {
      String many =
          IntStream.range(0, 250)
              .mapToObj("{kind: Pool, name: p%d}\n---\n"::formatted)
              .collect(Collectors.joining());
      assertThat(ctl.runWith(many, "apply", "-f", "-").out().lines()).hasSize(250);
      assertThat(ctl.admin.revision()).isEqualTo(3);
    }

    @Test
    void tells_where_in_the_file_the_controller_found_a_mistake() throws IOException {
      Path file = file("pool.yaml", CLASSIC.replace("weight: 2", "weight: -1"));
      assertThat(ctl.run("apply", "-f", file.toString()))
          .isEqualTo(
              error(
                  file
                      + ":12:38: Pool/backend: endpoints[1].weight: must be 0 to 65535, not -1\n"
                      + "error: the controller refused this: 1 problem; nothing was changed\n"));
    }

    @Test
    void tells_every_mistake_of_its_own_finding_and_sends_nothing() throws IOException {
      Path file = file("p.yaml", "kind: Pool\nname: p\nendponts: []\nbalance: robin\n");
      assertThat(ctl.run("apply", "-f", file.toString()))
          .isEqualTo(
              error(
                  file
                      + ":3:1: Pool/p: endponts: unknown field; did you mean \"endpoints\"?\n"
                      + file
                      + ":4:10: Pool/p: balance: expected one of round_robin, least_connections, random, power_of_two, least_latency, hash, not the text \"robin\"\n"
                      + "error: 2 problems in the input; nothing was sent to the controller\n"));
    }

    @Test
    void over_another_revision_than_expected_is_refused() {
      applied();
      assertThat(
              ctl.runWith("{kind: Pool, name: backend}", "apply", "-f", "-", "--if-revision", "7"))
          .isEqualTo(
              error(
                  "error: pool/backend was changed by someone else since revision 7 (now 1); get it"
                      + " again and redo the change\n"));
      assertThat(ctl.runWith(CLASSIC, "apply", "-f", "-", "--if-revision", "0").err())
          .isEqualTo(
              """
              pool/backend exists already (revision 1)
              listener/web exists already (revision 1)
              route/api exists already (revision 1)
              error: 3 resources are not as expected; nothing was changed
              """);
    }

    @Test
    void of_what_get_printed_is_refused_once_somebody_else_changed_it() {
      applied();
      String got = ctl.run("get", "pool", "backend", "-o", "yaml").out();
      assertThat(ctl.runWith(got, "apply", "-f", "-")).isEqualTo(ok("pool/backend unchanged\n"));
      assertThat(ctl.run("weight", "backend", "10.10.10.2:80", "9").status()).isZero();
      assertThat(ctl.runWith(got, "apply", "-f", "-").err())
          .isEqualTo(
              "error: pool/backend was changed by someone else since revision 1 (now 2); get it"
                  + " again and redo the change\n");
    }

    @Test
    void says_what_is_wrong_with_its_files() throws IOException {
      Path empty = Files.createDirectory(folder.resolve("empty"));
      assertThat(ctl.run("apply", "-f", empty.toString()).err())
          .isEqualTo(
              "error: there is no *.yaml, *.yml or *.json file in "
                  + empty
                  + "; -R looks into its folders too\n");
      Path none = folder.resolve("none.yaml");
      assertThat(ctl.run("apply", "-f", none.toString()).err())
          .isEqualTo("error: there is no file " + none + "\n");
      assertThat(ctl.runWith("# nothing\n", "apply", "-f", "-").err())
          .isEqualTo("error: there is no resource in -\n");
      Path binary = Files.write(folder.resolve("bin.yaml"), new byte[] {(byte) 0xff});
      assertThat(ctl.run("apply", "-f", binary.toString()).err())
          .isEqualTo("error: " + binary + " is not UTF-8 text\n");
      assertThat(ctl.runWith("#".repeat((8 << 20) + 1), "apply", "-f", "-").err())
          .isEqualTo("error: stdin: the input is larger than 8 MiB in all; apply it in parts\n");
    }
  }

  @Nested
  final class Get {
    @Test
    void shows_tables() {
      applied();
      fleet();
      assertThat(ctl.run("get", "pools"))
          .isEqualTo(
              ok(
                  """
                  NAME      HEALTHY   BALANCE         AGE
                  backend   2/3       least_latency   60s
                  """));
      assertThat(ctl.run("get", "po", "-o", "wide"))
          .isEqualTo(
              ok(
                  """
                  NAME      HEALTHY   BALANCE         AGE   HEALTH-CHECK    REVISION   LABELS
                  backend   2/3       least_latency   60s   http /healthz   1          tier=web
                  """));
      assertThat(ctl.run("get", "agents"))
          .isEqualTo(
              ok(
                  """
                  NAME     STATE      REVISION   AGE    VERSION   PEER
                  edge-1   SYNCED     1          121m   0.1.0     10.0.0.1:4711
                  edge-2   REJECTED   1          5s     0.1.0     10.0.0.2:4711
                  """));
      assertThat(ctl.run("get", "all"))
          .isEqualTo(
              ok(
                  """
                  NAME           HEALTHY   BALANCE         AGE
                  pool/backend   2/3       least_latency   60s

                  NAME           BIND           PROTOCOL   ROUTES   AGENTS   AGE
                  listener/web   0.0.0.0:8080   http       1        all      60s

                  NAME        LISTENERS   HOSTS   PATH   POOL      AGE
                  route/api   web         *       /v1    backend   60s
                  """));
    }

    @Test
    void shows_yaml_that_can_be_applied_again() {
      applied();
      fleet();
      assertThat(ctl.run("get", "pool/backend", "-o", "yaml"))
          .isEqualTo(
              ok(
                  """
                  kind: Pool
                  name: backend
                  labels:
                    tier: web
                  revision: 1
                  generation: 1
                  created: "2026-03-01T11:59:00Z"
                  updated: "2026-03-01T11:59:00Z"
                  endpoints:
                  - {address: "10.10.10.2:80", weight: 1}
                  - {address: "10.10.10.3:80", weight: 2}
                  - {address: "10.10.10.4:80", priority: 1}
                  health:
                    http: {path: /healthz}
                    interval: 1s
                  status:
                    endpoints:
                    - {address: "10.10.10.2:80", healthy: 2, in_flight: 3, requests: 12345}
                    - address: "10.10.10.3:80"
                      unhealthy: 2
                      reason: connection refused
                      requests: 500
                      failures: 7
                    - {address: "10.10.10.4:80", healthy: 1, unknown: 1}
                  """));
      String all = ctl.run("get", "all", "-o", "yaml").out();
      assertThat(ctl.runWith(all, "apply", "-f", "-").out())
          .isEqualTo("pool/backend unchanged\nlistener/web unchanged\nroute/api unchanged\n");
    }

    @Test
    void shows_json_that_can_be_applied_again() {
      applied();
      assertThat(ctl.run("get", "route", "api", "-o", "json"))
          .isEqualTo(
              ok(
                  """
                  {
                      "kind": "Route",
                      "name": "api",
                      "revision": 1,
                      "generation": 1,
                      "created": "2026-03-01T11:59:00Z",
                      "updated": "2026-03-01T11:59:00Z",
                      "listeners": [
                          "web"
                      ],
                      "rule": {
                          "path_prefix": "/v1",
                          "pool": "backend"
                      }
                  }
                  """));
      String all = ctl.run("get", "all", "-o", "json").out();
      assertThat(ctl.runWith(all, "apply", "-f", "-").out())
          .isEqualTo("pool/backend unchanged\nlistener/web unchanged\nroute/api unchanged\n");
    }

    @Test
    void shows_names_and_selects_by_label() {
      applied();
      assertThat(ctl.run("get", "pools,routes", "-o", "name"))
          .isEqualTo(ok("pool/backend\nroute/api\n"));
      assertThat(ctl.run("get", "all", "-l", "tier=web", "-o", "name"))
          .isEqualTo(ok("pool/backend\n"));
      assertThat(ctl.run("get", "pools", "-l", "tier=db"))
          .isEqualTo(new Outcome(0, "", "No pools found.\n"));
    }

    @Test
    void shows_what_there_is_and_tells_what_is_not() {
      applied();
      assertThat(ctl.run("get", "pool", "x", "backend", "y", "-o", "name"))
          .isEqualTo(
              new Outcome(
                  1,
                  "pool/backend\n",
                  "error: pool \"x\" not found\nerror: pool \"y\" not found\n"));
    }

    @Test
    void shows_what_was_at_an_earlier_revision() {
      applied();
      assertThat(ctl.run("weight", "backend", "10.10.10.2:80", "9").status()).isZero();
      assertThat(ctl.run("get", "pool", "backend", "-o", "yaml", "--at-revision", "1").out())
          .contains("{address: \"10.10.10.2:80\", weight: 1}");
    }
  }

  @Nested
  final class Describe {
    @Test
    void shows_a_pool_with_its_endpoints_and_who_uses_it() {
      applied();
      fleet();
      assertThat(ctl.run("describe", "pool", "backend"))
          .isEqualTo(
              ok(
                  """
                  Name:          backend
                  Kind:          Pool
                  Labels:        tier=web
                  Annotations:   <none>
                  Revision:      1 (generation 1)
                  Created:       2026-03-01T11:59:00Z (60s ago)
                  Updated:       2026-03-01T11:59:00Z (60s ago)
                  Balance:       least_latency
                  Health Check:  http GET /healthz every 1s, timeout 1s, rise 2, fall 3
                  Timeouts:      connect 2s, response 1m, idle 1m, request any
                  Retries:       2
                  Endpoints:
                    ADDRESS         PRIORITY   WEIGHT   SHARE   STATE       VOTES   IN-FLIGHT   REQUESTS   FAILURES
                    10.10.10.2:80   0          1        70.0%   healthy     2/2     3           12345      0
                    10.10.10.3:80   0          2        0.0%    unhealthy   0/2     0           500        7
                    10.10.10.4:80   1          1        30.0%   healthy     1/2     0           0          0
                    10.10.10.3:80: connection refused
                  Used By:       listener/web (localhost /)
                                 route/api (* /v1)
                  History:
                    REVISION   AGE   AUTHOR     CHANGES                                                         MESSAGE
                    1          60s   ann@desk   pool/backend created, listener/web created, route/api created   first
                  """));
    }

    @Test
    void shares_out_by_weight_among_those_that_serve() {
      applied();
      assertThat(ctl.run("describe", "pool/backend").out())
          .contains("10.10.10.2:80   0          1        33.3%   unknown")
          .contains("10.10.10.3:80   0          2        66.7%   unknown")
          .contains("10.10.10.4:80   1          1        0.0%    unknown");
      assertThat(ctl.run("drain", "backend", "10.10.10.2:80").status()).isZero();
      assertThat(ctl.run("drain", "backend", "10.10.10.3:80").status()).isZero();
      assertThat(ctl.run("describe", "pool/backend").out())
          .contains("10.10.10.4:80   1          1        100.0%   unknown");
      assertThat(ctl.run("drain", "backend", "10.10.10.4:80").status()).isZero();
      assertThat(ctl.run("describe", "pool/backend").out())
          .contains("No endpoint can serve: requests for this pool are answered with 503.\n");
    }

    @Test
    void shows_a_listener_with_all_of_its_routes() {
      applied();
      fleet();
      assertThat(ctl.run("describe", "listener", "web").out())
          .contains(
              """
              Bind:          0.0.0.0:8080
              Protocol:      http
              Trusted Hops:  0
              Limits:        head 32KiB, target 8KiB, fields 128, body any
              Timeouts:      head 10s, idle 1m15s
              Agents:        all
              Runs On:       edge-1 SYNCED
                             edge-2 REJECTED
              Routes:
                HOSTS       PATH   POOL      FROM
                localhost   /      backend   listener/web
                *           /v1    backend   route/api
              """);
    }

    @Test
    void shows_a_tcp_listener_and_the_edits_of_a_route() {
      applied();
      String more =
          """
          kind: Listener
          name: db
          bind: "0.0.0.0:5432"
          protocol: tcp
          pool: backend
          timeouts: {idle: 1h}
          ---
          kind: Route
          name: api
          listeners: [web]
          rule:
            path_prefix: /v1
            pool: backend
            request_headers: {set: {Host: shop}, remove: [Cookie]}
            response_headers: {add: {X-Served-By: weir}}
          """;
      assertThat(ctl.runWith(more, "apply", "-f", "-").status()).isZero();
      assertThat(ctl.run("describe", "listener", "db").out())
          .contains(
              """
              Bind:          0.0.0.0:5432
              Protocol:      tcp
              Pool:          backend
              Timeouts:      idle 1h
              Agents:        all
              """)
          .doesNotContain("Routes", "Limits");
      assertThat(ctl.run("describe", "route", "api").out())
          .contains(
              """
              Pool:          backend
              Headers:       request: remove Cookie
                             request: set Host: shop
                             response: add X-Served-By: weir
              """);
      assertThat(ctl.run("describe", "pool", "backend").out())
          .contains("listener/db (tcp 0.0.0.0:5432)");
      assertThat(ctl.run("get", "listeners").out()).contains("db").contains("tcp");
    }

    @Test
    void shows_a_route_and_an_agent() {
      applied();
      fleet();
      assertThat(ctl.run("describe", "route", "api").out())
          .contains(
              "Listeners:     web\nHosts:         *\nPath Prefix:   /v1\nPool:          backend\n");
      assertThat(ctl.run("describe", "agent", "edge-2"))
          .isEqualTo(
              ok(
                  """
                  Name:          edge-2
                  Kind:          Agent
                  Labels:        <none>
                  Annotations:   <none>
                  State:         REJECTED
                  Since:         2026-03-01T11:59:55Z (5s ago)
                  Runs Revision: 1 (newest 12)
                  Version:       0.1.0
                  Peer:          10.0.0.2:4711
                  Instance:      <none>
                  Listeners:     web on 0.0.0.0:8080
                  Rejected revision 12:
                    Listener/web: bind: address already in use
                  """));
    }

    @Test
    void of_what_is_not_there_fails() {
      assertThat(ctl.run("describe", "pool", "x"))
          .isEqualTo(error("error: pool \"x\" not found\n"));
    }
  }

  @Nested
  final class Delete {
    @Test
    void removes_what_is_named() {
      applied();
      assertThat(ctl.run("delete", "route", "api", "--dry-run"))
          .isEqualTo(ok("route/api deleted (dry run)\n"));
      assertThat(ctl.run("delete", "route", "api")).isEqualTo(ok("route/api deleted\n"));
      assertThat(ctl.run("get", "routes").err()).isEqualTo("No routes found.\n");
    }

    @Test
    void removes_what_a_file_declares_users_first() {
      applied();
      assertThat(ctl.runWith(CLASSIC, "delete", "-f", "-"))
          .isEqualTo(ok("route/api deleted\nlistener/web deleted\npool/backend deleted\n"));
    }

    @Test
    void that_would_leave_a_reference_open_is_refused() {
      applied();
      assertThat(ctl.run("delete", "pool/backend"))
          .isEqualTo(
              error(
                  """
                  Listener/web: routes[0].pool: there is no pool "backend"
                  error: the controller refused this: 1 problem; nothing was changed
                  """));
    }

    @Test
    void of_what_is_not_there_or_not_as_expected_fails() {
      applied();
      assertThat(ctl.run("delete", "pool", "x")).isEqualTo(error("error: pool \"x\" not found\n"));
      fleet();
      assertThat(ctl.run("delete", "agent", "edge-1", "ghost"))
          .isEqualTo(error("error: agent \"ghost\" not found\n"));
      assertThat(ctl.run("delete", "route", "api", "--if-revision", "9").err())
          .isEqualTo(
              "error: route/api was changed by someone else since revision 9 (now 1); get it again"
                  + " and redo the change\n");
      assertThat(ctl.run("delete").err())
          .isEqualTo("error: name what to delete: either KIND NAME... or -f FILE\n");
    }
  }

  @Nested
  final class Diff {
    @Test
    void of_the_same_prints_nothing() {
      applied();
      assertThat(ctl.runWith(CLASSIC, "diff", "-f", "-")).isEqualTo(ok(""));
    }

    @Test
    void shows_what_would_change_and_changes_nothing() {
      applied();
      String changed = CLASSIC.replace("weight: 2", "weight: 5") + "---\n{kind: Pool, name: new}\n";
      assertThat(ctl.runWith(changed, "diff", "-f", "-"))
          .isEqualTo(
              new Outcome(
                  1,
                  """
                  --- pool/backend\trevision 1
                  +++ pool/backend\tstdin
                  @@ -4,7 +4,7 @@
                     tier: web
                   endpoints:
                   - {address: "10.10.10.2:80", weight: 1}
                  -- {address: "10.10.10.3:80", weight: 2}
                  +- {address: "10.10.10.3:80", weight: 5}
                   - {address: "10.10.10.4:80", priority: 1}
                   health:
                     http: {path: /healthz}
                  --- pool/new\tdoes not exist
                  +++ pool/new\tstdin
                  @@ -0,0 +1,2 @@
                  +kind: Pool
                  +name: new
                  """,
                  ""));
      assertThat(ctl.admin.revision()).isEqualTo(1);
    }

    @Test
    void that_fails_returns_more_than_one() {
      assertThat(ctl.runWith("kind: Pol", "diff", "-f", "-").status()).isEqualTo(2);
      assertThat(ctl.run("diff").status()).isEqualTo(2);
      assertThat(ctl.runWith(CLASSIC.replace("pool: backend", "pool: x"), "diff", "-f", "-"))
          .isEqualTo(
              new Outcome(
                  2,
                  "",
                  """
                  stdin:5:46: Listener/web: routes[0].pool: there is no pool "x"
                  error: the controller refused this: 1 problem; nothing was changed
                  """));
    }
  }

  @Nested
  final class Going_back {
    @Test
    void history_shows_who_changed_what() {
      applied();
      assertThat(ctl.run("weight", "backend", "10.10.10.2:80", "9").status()).isZero();
      assertThat(ctl.run("history"))
          .isEqualTo(
              ok(
                  """
                  REVISION   AGE   AUTHOR     CHANGES                                                         MESSAGE
                  2          60s   ann@desk   pool/backend configured                                         10.10.10.2:80 weight 1 -> 9
                  1          60s   ann@desk   pool/backend created, listener/web created, route/api created   first
                  """));
      assertThat(ctl.run("history", "route/api").out().lines()).hasSize(2);
      assertThat(ctl.run("history", "--limit", "1").out().lines()).hasSize(2);
      assertThat(ctl.run("history", "--limit", "0"))
          .isEqualTo(error("error: --limit must be 1 to 1000, not 0\n"));
    }

    @Test
    void rollback_declares_again_what_was() {
      applied();
      assertThat(ctl.run("weight", "backend", "10.10.10.2:80", "9").status()).isZero();
      assertThat(ctl.runWith("{kind: Pool, name: new}", "apply", "-f", "-").status()).isZero();
      assertThat(ctl.run("rollback", "1", "--dry-run"))
          .isEqualTo(ok("pool/backend configured (dry run)\npool/new deleted (dry run)\n"));
      assertThat(ctl.run("rollback", "1", "pool", "backend", "-m", "oops"))
          .isEqualTo(ok("pool/backend configured\n"));
      assertThat(ctl.run("rollback", "1")).isEqualTo(ok("pool/new deleted\n"));
      assertThat(ctl.run("rollback", "1"))
          .isEqualTo(new Outcome(0, "", "Nothing has changed since revision 1.\n"));
      assertThat(ctl.run("rollback", "99"))
          .isEqualTo(error("error: there is no revision 99 yet\n"));
    }
  }

  @Nested
  final class One_endpoint {
    @Test
    void gets_another_weight() {
      applied();
      assertThat(ctl.run("weight", "backend", "10.10.10.3:80", "5"))
          .isEqualTo(ok("pool/backend configured: 10.10.10.3:80 weight 2 -> 5\n"));
      assertThat(ctl.run("weight", "backend", "10.10.10.3:80", "5"))
          .isEqualTo(ok("pool/backend unchanged: 10.10.10.3:80 weight 5\n"));
      assertThat(ctl.run("weight", "backend", "10.10.10.4:80", "1"))
          .isEqualTo(ok("pool/backend unchanged: 10.10.10.4:80 weight 1\n"));
    }

    @Test
    void is_drained_and_comes_back() {
      applied();
      assertThat(ctl.run("drain", "backend", "10.10.10.2:80"))
          .isEqualTo(ok("pool/backend configured: 10.10.10.2:80 draining\n"));
      assertThat(ctl.run("drain", "pool/backend", "10.10.10.2:80"))
          .isEqualTo(ok("pool/backend unchanged: 10.10.10.2:80 draining\n"));
      assertThat(ctl.run("undrain", "backend", "10.10.10.2:80"))
          .isEqualTo(ok("pool/backend configured: 10.10.10.2:80 in service\n"));
    }

    @Test
    void is_changed_though_others_change_its_pool_too() {
      applied();
      ctl.admin.rivals(4);
      assertThat(ctl.run("weight", "backend", "10.10.10.3:80", "5").status()).isZero();
      ctl.admin.rivals(5);
      assertThat(ctl.run("weight", "backend", "10.10.10.3:80", "6"))
          .isEqualTo(
              error("error: pool/backend was changed by others 5 times in a row; try again\n"));
    }

    @Test
    void that_is_not_there_is_told_from_those_that_are() {
      applied();
      assertThat(ctl.run("drain", "backend", "10.10.10.9:80"))
          .isEqualTo(
              error(
                  "error: pool/backend has no endpoint \"10.10.10.9:80\"; it has 10.10.10.2:80,"
                      + " 10.10.10.3:80, 10.10.10.4:80\n"));
      assertThat(ctl.run("drain", "x", "10.10.10.9:80"))
          .isEqualTo(error("error: pool \"x\" not found\n"));
    }

    @Test
    void gets_no_weight_out_of_range() {
      assertThat(ctl.run("weight", "backend", "10.10.10.9:80", "-1").err())
          .isEqualTo("error: a weight is 0 to 65535, not -1\n");
      assertThat(ctl.run("weight", "backend", "10.10.10.9:80", "x").err())
          .startsWith(
              "error: Invalid value for positional parameter at index 2 (N): 'x' is not an int");
    }
  }

  @Nested
  final class StatusOfTheFleet {
    @Test
    void shows_agents_pools_and_why_an_agent_refused() {
      applied();
      fleet();
      assertThat(ctl.run("status"))
          .isEqualTo(
              ok(
                  """
                  Controller %s at revision 1

                  NAME     STATE      REVISION   AGE    VERSION   PEER
                  edge-1   SYNCED     1          121m   0.1.0     10.0.0.1:4711
                  edge-2   REJECTED   1          5s     0.1.0     10.0.0.2:4711
                  agent edge-2 REJECTED revision 12: Listener/web: bind: address already in use

                  NAME      HEALTHY   BALANCE         AGE
                  backend   2/3       least_latency   60s
                  """
                      .formatted(ctl.address())));
    }

    @Test
    void of_an_empty_controller_says_so() {
      assertThat(ctl.run("status").out())
          .isEqualTo(
              "Controller %s at revision 0\n\nAgents: none\n\nPools: none\n"
                  .formatted(ctl.address()));
    }
  }

  @Nested
  final class Failures {
    @Test
    void without_a_controller() throws IOException {
      String address;
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        address = "127.0.0.1:" + free.getLocalPort();
      }
      assertThat(Ctl.plain("", "status", "--controller", address))
          .isEqualTo(
              error(
                  "error: cannot reach the controller at "
                      + address
                      + ": connection refused; is it running, and is --controller (WEIR_CONTROLLER)"
                      + " right?\n"));
      assertThat(Ctl.plain("", "get", "pools", "-w", "--controller", address).err())
          .startsWith("error: cannot reach the controller at " + address);
    }

    @Test
    void with_a_name_that_no_host_has() {
      assertThat(Ctl.plain("", "--controller", "no-such-host.invalid:1", "status").err())
          .isEqualTo(
              "error: cannot reach the controller at no-such-host.invalid:1: no such host; is it"
                  + " running, and is --controller (WEIR_CONTROLLER) right?\n");
    }

    @Test
    void with_a_controller_that_does_not_answer() {
      ctl.admin.mute();
      String late =
          "error: no answer from the controller at "
              + ctl.address()
              + " within 200ms; look at its log, or wait longer with --timeout\n";
      assertThat(ctl.run("status", "--timeout", "200ms")).isEqualTo(error(late));
      assertThat(ctl.run("get", "pools", "-w", "--timeout", "200ms")).isEqualTo(error(late));
    }

    @Test
    void that_the_controller_tells() {
      ctl.admin.fail(Status.UNAVAILABLE.withDescription("the store cannot be reached"));
      assertThat(ctl.run("status").err())
          .isEqualTo(
              "error: the controller at %s is not available: the store cannot be reached\n"
                  .formatted(ctl.address()));
      ctl.admin.fail(Status.RESOURCE_EXHAUSTED.withDescription("the request is too large"));
      assertThat(ctl.run("status").err()).isEqualTo("error: the request is too large\n");
      ctl.admin.fail(Status.INTERNAL.withDescription("oh"));
      assertThat(ctl.run("status").err())
          .isEqualTo(
              "error: the controller at %s failed: oh (INTERNAL)\n".formatted(ctl.address()));
      ctl.admin.fail(Status.UNIMPLEMENTED);
      assertThat(ctl.run("status").err())
          .isEqualTo(
              "error: the server at %s does not know this request; is it a Weir controller, and no older than this weir?\n"
                  .formatted(ctl.address()));
    }
  }

  @Nested
  final class Usage {
    @Test
    void mistakes_are_told_in_a_line_with_where_to_look() {
      assertThat(Ctl.plain("", "aply"))
          .isEqualTo(
              error(
                  """
                  error: there is no command "aply"; did you mean "apply"?
                  See 'weir ctl --help'.
                  """));
      assertThat(Ctl.plain("", "apply"))
          .isEqualTo(
              error(
                  """
                  error: Missing required option: '--filename=FILE|DIR|-'
                  See 'weir ctl apply --help'.
                  """));
      assertThat(Ctl.plain("", "get", "pools", "-o", "xml").err())
          .isEqualTo(
              "error: Invalid value for option '--output': expected table, wide, json, yaml or"
                  + " name, not \"xml\"\n"
                  + "See 'weir ctl get --help'.\n");
      assertThat(Ctl.plain("", "get", "pools", "--frob").err())
          .isEqualTo("error: Unknown option: '--frob'\nSee 'weir ctl get --help'.\n");
      assertThat(Ctl.plain("", "get", "poools"))
          .isEqualTo(error("error: there is no kind \"poools\"; did you mean \"pools\"?\n"));
      assertThat(Ctl.plain("", "get", "pools", "--controller", "nowhere"))
          .isEqualTo(
              error(
                  "error: --controller (WEIR_CONTROLLER) must be HOST:PORT, as in 127.0.0.1:7400,"
                      + " not \"nowhere\"\n"));
      assertThat(Ctl.plain("", "get", "pools", "--timeout", "soon").err())
          .isEqualTo(
              "error: Invalid value for option '--timeout': expected a duration such as 500ms or"
                  + " 10s, not \"soon\"\n"
                  + "See 'weir ctl get --help'.\n");
    }

    @Test
    void help_names_every_command_and_option() {
      Outcome help = Ctl.plain("", "--help");
      assertThat(help.status()).isZero();
      assertThat(help.out()).contains("apply", "undrain", "completion", "WEIR_CONTROLLER");
      assertThat(Ctl.plain("")).isEqualTo(help);
      assertThat(Ctl.plain("", "apply", "--help").out()).contains("Usage: weir ctl apply");
    }

    @Test
    void the_options_of_all_commands_may_stand_before_the_command() {
      applied();
      assertThat(Ctl.plain("", "--controller", ctl.address(), "get", "pools", "-o", "name"))
          .isEqualTo(ok("pool/backend\n"));
    }
  }
}
