package io.weir.cli.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.v1.Balance;
import io.weir.v1.Endpoint;
import io.weir.v1.HealthCheck;
import io.weir.v1.HttpProbe;
import io.weir.v1.Listener;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Protocol;
import io.weir.v1.Resource;
import io.weir.v1.RoundRobin;
import io.weir.v1.Route;
import io.weir.v1.RouteRule;
import io.weir.v1.RouteSpec;
import io.weir.v1.TcpProbe;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

final class ResourceReaderTest {
  private static final String CLASSIC =
      """
      kind: Pool
      name: backend
      labels: {tier: web}
      revision: 7
      balance: round_robin
      endpoints:
      - {address: "10.10.10.2:80", weight: 1}
      - {address: "10.10.10.3:80", weight: 2}
      - address: 10.10.10.4:80   # plain text will do
        priority: 1
        weight:
      health: {http: {path: /healthz}, interval: 1m30s, timeout: 500ms, rise: 2}
      generation: 3
      created: whenever
      status: {endpoints: [whatever]}
      ---
      # nothing here
      ---
      kind: Listener
      name: web
      bind: "0.0.0.0:8080"
      protocol: http
      routes:
      - {hosts: [localhost], path_prefix: /, pool: backend}
      ---
      kind: Route
      name: api
      listeners: [web]
      rule: {path_prefix: /api, pool: backend}
      """;

  private static final Resource BACKEND =
      Resource.newBuilder()
          .setMetadata(
              Metadata.newBuilder().setName("backend").putLabels("tier", "web").setRevision(7))
          .setPool(
              Pool.newBuilder()
                  .setSpec(
                      PoolSpec.newBuilder()
                          .setBalance(
                              Balance.newBuilder().setRoundRobin(RoundRobin.getDefaultInstance()))
                          .addEndpoints(endpoint("10.10.10.2:80").setWeight(1))
                          .addEndpoints(endpoint("10.10.10.3:80").setWeight(2))
                          .addEndpoints(endpoint("10.10.10.4:80").setPriority(1))
                          .setHealth(
                              HealthCheck.newBuilder()
                                  .setHttp(HttpProbe.newBuilder().setPath("/healthz"))
                                  .setInterval(seconds(90, 0))
                                  .setTimeout(seconds(0, 500_000_000))
                                  .setRise(2))))
          .build();

  private static Endpoint.Builder endpoint(String address) {
    return Endpoint.newBuilder().setAddress(address);
  }

  private static com.google.protobuf.Duration seconds(long seconds, int nanos) {
    return com.google.protobuf.Duration.newBuilder().setSeconds(seconds).setNanos(nanos).build();
  }

  private static ResourceReader read(String text) {
    return new ResourceReader().read(new Source("f.yaml", text));
  }

  private static void refused(String text, String... problems) {
    assertThat(read(text).problems().stream().map(Problem::toString)).containsExactly(problems);
  }

  private static List<Resource> accepted(String text) {
    ResourceReader reader = read(text);
    assertThat(reader.problems()).isEmpty();
    return reader.resources().stream().map(Declared::resource).toList();
  }

  @Nested
  final class Well_formed_input {
    @Test
    void is_read_document_by_document() {
      assertThat(accepted(CLASSIC))
          .containsExactly(
              BACKEND,
              Resource.newBuilder()
                  .setMetadata(Metadata.newBuilder().setName("web"))
                  .setListener(
                      Listener.newBuilder()
                          .setSpec(
                              ListenerSpec.newBuilder()
                                  .setBind("0.0.0.0:8080")
                                  .setProtocol(Protocol.PROTOCOL_HTTP)
                                  .addRoutes(
                                      RouteRule.newBuilder()
                                          .addHosts("localhost")
                                          .setPathPrefix("/")
                                          .setPool("backend"))))
                  .build(),
              Resource.newBuilder()
                  .setMetadata(Metadata.newBuilder().setName("api"))
                  .setRoute(
                      Route.newBuilder()
                          .setSpec(
                              RouteSpec.newBuilder()
                                  .addListeners("web")
                                  .setRule(
                                      RouteRule.newBuilder()
                                          .setPathPrefix("/api")
                                          .setPool("backend"))))
                  .build());
    }

    @Test
    void may_be_json_and_a_list() {
      assertThat(
              accepted(
                  """
                  {"kind": "List", "items": [
                    {"kind": "Pool", "name": "a", "endpoints": [{"address": "h:1"}]},
                    {"kind": "Pool", "name": "b", "endpoints": [{"address": "h:2"}]}
                  ]}
                  """))
          .extracting(resource -> resource.getMetadata().getName())
          .containsExactly("a", "b");
    }

    @Test
    void may_use_anchors_and_aliases() {
      assertThat(
              accepted(
                      """
                      kind: Pool
                      name: a
                      endpoints: [&e {address: "h:1"}, *e]
                      """)
                  .getFirst()
                  .getPool()
                  .getSpec()
                  .getEndpointsList())
          .hasSize(2)
          .containsOnly(endpoint("h:1").build());
    }

    @Test
    void an_empty_member_of_a_choice_chooses_it() {
      assertThat(
              accepted("kind: Pool\nname: a\nhealth:\n  tcp:\n")
                  .getFirst()
                  .getPool()
                  .getSpec()
                  .getHealth()
                  .getTcp())
          .isEqualTo(TcpProbe.getDefaultInstance());
    }

    @Test
    void a_policy_with_parameters_is_a_mapping() {
      assertThat(
              accepted(
                      """
                      kind: Pool
                      name: a
                      balance: {hash: {header: X-User, maglev: {size: 251}, bound: 125}}
                      sticky: {cookie: srv, max_age: 1h}
                      slow_start: {window: 30s, aggression: 1.5}
                      """)
                  .toString())
          .contains("header: \"X-User\"", "size: 251", "bound: 125", "aggression: 1.5");
      assertThat(accepted("kind: Pool\nname: a\nbalance: {hash: {client_ip: {}}}\n"))
          .isEqualTo(accepted("kind: Pool\nname: a\nbalance: {hash: {client_ip: }}\n"));
    }

    @Test
    void a_choice_may_be_written_out() {
      assertThat(accepted("kind: Pool\nname: a\nbalance: {round_robin: {}}\n"))
          .isEqualTo(accepted("kind: Pool\nname: a\nbalance: round_robin\n"));
    }

    @Test
    void may_be_empty() {
      assertThat(accepted("")).isEmpty();
      assertThat(accepted("# nothing\n---\n---\n")).isEmpty();
    }
  }

  @Nested
  final class Mistakes {
    @Test
    void are_told_all_at_once() {
      refused(
          """
          kind: Pool
          name: backend
          balanse: round_robin
          endpoints:
          - {address: "10.0.0.1:80", weight: heavy}
          - {address: 80, wieght: 1}
          health: {interval: 5, timeout: 1sec}
          ---
          kind: Lisener
          name: web
          """,
          "f.yaml:3:1: Pool/backend: balanse: unknown field; did you mean \"balance\"?",
          "f.yaml:5:36: Pool/backend: endpoints[0].weight: expected a whole number, not the text"
              + " \"heavy\"",
          "f.yaml:6:13: Pool/backend: endpoints[1].address: expected text, not the number 80; put"
              + " it in quotes",
          "f.yaml:6:17: Pool/backend: endpoints[1].wieght: unknown field; did you mean \"weight\"?",
          "f.yaml:7:20: Pool/backend: health.interval: expected a duration such as 500ms, 2s or"
              + " 1m30s, not the number 5",
          "f.yaml:7:32: Pool/backend: health.timeout: expected a duration such as 500ms, 2s or"
              + " 1m30s, not the text \"1sec\"",
          "f.yaml:9:7: kind: unknown kind \"Lisener\"; did you mean \"Listener\"?");
    }

    @Test
    void in_a_name_far_from_any_list_the_names_there_are() {
      refused(
          "kind: Route\nname: r\nrule: {frobnicate: 1}\n",
          "f.yaml:3:8: Route/r: rule.frobnicate: unknown field; there is hosts, path_prefix, pool,"
              + " request_headers, response_headers");
    }

    @Test
    void in_the_style_of_a_name_find_the_right_one() {
      refused(
          "kind: Route\nname: r\nrule: {pathPrefix: /}\n",
          "f.yaml:3:8: Route/r: rule.pathPrefix: unknown field; did you mean \"path_prefix\"?");
    }

    @Test
    void in_sizes_tell_how_one_is_written() {
      refused(
          """
          kind: Listener
          name: web
          limits: {head: 32KB, target: -1, body: [1], fields: 1KiB}
          """,
          "f.yaml:3:16: Listener/web: limits.head: expected a size such as 32KiB, 10MiB or 1GiB, or"
              + " a number of bytes, not the text \"32KB\"",
          "f.yaml:3:30: Listener/web: limits.target: expected a size such as 32KiB, 10MiB or 1GiB,"
              + " or a number of bytes, not the number -1",
          "f.yaml:3:40: Listener/web: limits.body: expected a size such as 32KiB, 10MiB or 1GiB, or"
              + " a number of bytes, not a list",
          "f.yaml:3:53: Listener/web: limits.fields: expected a whole number, not the text"
              + " \"1KiB\"");
    }

    @Test
    void in_types_tell_what_is_there() {
      refused(
          """
          kind: Pool
          name: a
          labels: {v: 2, w: [x], v: 3}
          endpoints: {address: "h:1"}
          balance: [round_robin]
          timeouts: 5s
          retries: {attempts: 1.5}
          """,
          "f.yaml:3:13: Pool/a: labels[v]: expected text, not the number 2; put it in quotes",
          "f.yaml:3:19: Pool/a: labels[w]: expected text, not a list",
          "f.yaml:3:24: Pool/a: labels[v]: given twice",
          "f.yaml:4:12: Pool/a: endpoints: expected a list, not a mapping",
          "f.yaml:5:10: Pool/a: balance: expected one of round_robin, least_connections, random,"
              + " power_of_two, least_latency, hash, not a list",
          "f.yaml:6:11: Pool/a: timeouts: expected a mapping, not the text \"5s\"",
          "f.yaml:7:21: Pool/a: retries.attempts: expected a whole number, not the number 1.5");
    }

    @Test
    void in_numbers_words_and_choices() {
      refused(
          """
          kind: Listener
          name: web
          protocol: htpp
          trusted_hops: 99999999999
          ---
          kind: Pool
          name: a
          endpoints: [{address: "h:1", drain: yes}, null]
          health: {http: {}, tcp: {}}
          """,
          "f.yaml:3:11: Listener/web: protocol: expected one of http, tcp, udp, not the text"
              + " \"htpp\"; did you mean \"http\"?",
          "f.yaml:4:15: Listener/web: trusted_hops: expected a whole number from -2147483648 to"
              + " 2147483647, not the number 99999999999",
          "f.yaml:8:37: Pool/a: endpoints[0].drain: expected true or false, not the text \"yes\"",
          "f.yaml:8:43: Pool/a: endpoints[1]: expected a mapping, not nothing",
          "f.yaml:9:25: Pool/a: health.tcp: cannot be given together with http");
    }

    @Test
    void in_the_header() {
      refused(
          """
          name: nobody
          ---
          kind: Pool
          ---
          kind: Pool
          name: 5
          ---
          kind: [Pool]
          ---
          kind: Agent
          name: a
          ---
          - kind: Pool
          """,
          "f.yaml:1:1: kind is missing; there is Pool, Listener, Route, Rollout, Scaler",
          "f.yaml:3:1: Pool: name is missing",
          "f.yaml:6:7: Pool: name: expected text, not the number 5; put it in quotes",
          "f.yaml:8:7: kind: expected text, not a list",
          "f.yaml:10:7: kind: agents register themselves and cannot be applied",
          "f.yaml:13:1: expected a resource (a mapping with kind and name), not a list");
    }

    @Test
    void repeated_keys_and_resources() {
      refused(
          """
          kind: Pool
          name: a
          name: b
          endpoints: [{address: "h:1", weight: 1, weight: 2}]
          ---
          kind: Pool
          name: a
          """,
          "f.yaml:3:1: Pool/a: name: given twice",
          "f.yaml:4:41: Pool/a: endpoints[0].weight: given twice",
          "f.yaml:6:1: Pool/a: given twice; first at f.yaml:1");
    }

    @Test
    void the_same_resource_in_two_files() {
      ResourceReader reader =
          new ResourceReader()
              .read(new Source("a.yaml", "\nkind: Pool\nname: a\n"))
              .read(new Source("b.yaml", "kind: Pool\nname: a\n"));
      assertThat(reader.problems())
          .extracting(Problem::toString)
          .containsExactly("b.yaml:1:1: Pool/a: given twice; first at a.yaml:2");
    }
  }

  @Nested
  final class Text_that_is_not_yaml {
    @Test
    void a_tab_is_called_a_tab() {
      refused(
          "kind: Pool\nname: a\nhealth:\n\tinterval: 1s\n",
          "f.yaml:4:1: a tab cannot indent YAML; use spaces");
    }

    @Test
    void what_came_before_is_still_checked() {
      refused(
          "kind: Pool\nname: a\nx: 1\n---\nkind: [Pool\nname: b\n",
          "f.yaml:3:1: Pool/a: x: unknown field; there is name, labels, annotations, endpoints,"
              + " balance, health, timeouts, retries, sticky, priorities, prefer_zone,"
              + " slow_start, subset, outliers, circuit, discovery",
          "f.yaml:6:5: not valid YAML: while parsing a flow sequence, expected ',' or ']', but got"
              + " :");
    }

    @Test
    void a_control_character() {
      refused(
          "kind: Pool\nname: a\u0001\n", "f.yaml:2:8: the character U+0001 is not allowed in YAML");
    }

    @Test
    void tags_and_unknown_anchors() {
      refused(
          "kind: Pool\nname: !!str 5\n",
          "f.yaml:2:7: tags such as tag:yaml.org,2002:str are not known here; quote what is text");
      refused("kind: Pool\nname: *n\n", "f.yaml:2:7: there is no anchor &n before this alias");
      refused("kind: Pool\n? [a]\n: b\n", "f.yaml:2:3: a key must be text, not a list");
    }
  }

  @Nested
  final class Hostile_text {
    @Test
    void a_billion_laughs_is_refused() {
      StringBuilder bomb = new StringBuilder("kind: Pool\nname: a\nx0: &x0 [a,a,a,a,a,a,a,a,a]\n");
      for (int i = 1; i < 12; i++) {
        String last = "*x" + (i - 1);
        bomb.append(
            "x%d: &x%d [%s]\n"
                .formatted(
                    i,
                    i,
                    String.join(
                        ",", List.of(last, last, last, last, last, last, last, last, last))));
      }
      refused(bomb.toString(), "f.yaml:9:30: too large once its aliases are written out");
    }

    @Test
    void an_alias_of_itself_is_refused() {
      refused(
          "kind: Pool\nname: a\nendpoints: &e [*e]\n",
          "f.yaml:3:16: there is no anchor &e before this alias");
    }

    @Test
    void deep_nesting_is_refused() {
      refused("[".repeat(100_000), "f.yaml:1:66: nested more than 64 levels deep");
    }
  }

  @Nested
  final class The_place_of_a_field {
    private final List<Declared> resources = read(CLASSIC).resources();

    private String placeOf(int resource, String field) {
      Place place = resources.get(resource).place(field);
      return place.line() + ":" + place.column();
    }

    @Test
    void is_that_of_its_value() {
      assertThat(placeOf(0, "endpoints[1].weight")).isEqualTo("8:38");
      assertThat(placeOf(0, "endpoints[2].address")).isEqualTo("9:12");
      assertThat(placeOf(0, "labels[tier]")).isEqualTo("3:16");
      assertThat(placeOf(1, "bind")).isEqualTo("21:7");
      assertThat(placeOf(2, "rule.pool")).isEqualTo("29:33");
    }

    @Test
    void is_that_of_its_key_when_it_holds_more() {
      assertThat(placeOf(0, "endpoints")).isEqualTo("6:1");
      assertThat(placeOf(0, "endpoints[0]")).isEqualTo("7:3");
    }

    @Test
    void that_is_not_written_is_that_of_what_it_would_be_in() {
      assertThat(placeOf(0, "endpoints[1].priority")).isEqualTo("8:3");
      assertThat(placeOf(0, "endpoints[9].weight")).isEqualTo("6:1");
      assertThat(placeOf(0, "timeouts.connect")).isEqualTo("1:1");
      assertThat(placeOf(0, "balance.round_robin")).isEqualTo("5:10");
      assertThat(placeOf(0, "")).isEqualTo("1:1");
    }

    @Test
    void appears_in_a_problem() {
      assertThat(resources.get(0).problem("endpoints[1].weight", "is too much").toString())
          .isEqualTo("f.yaml:8:38: Pool/backend: endpoints[1].weight: is too much");
    }
  }

  @Nested
  final class Writing {
    @Test
    void is_as_people_write_it() {
      assertThat(YamlWriter.write(ResourceTree.of(BACKEND, ResourceTree.Form.FULL)))
          .isEqualTo(
              """
              kind: Pool
              name: backend
              labels:
                tier: web
              revision: 7
              endpoints:
              - {address: "10.10.10.2:80", weight: 1}
              - {address: "10.10.10.3:80", weight: 2}
              - {address: "10.10.10.4:80", priority: 1}
              balance: round_robin
              health:
                http: {path: /healthz}
                interval: 1m30s
                timeout: 500ms
                rise: 2
              """);
    }

    @Test
    void leaves_out_what_weir_wrote_when_asked() {
      assertThat(YamlWriter.write(ResourceTree.of(BACKEND, ResourceTree.Form.DECLARED)))
          .doesNotContain("revision");
    }
  }
}
