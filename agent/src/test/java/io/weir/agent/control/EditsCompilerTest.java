package io.weir.agent.control;

import static io.weir.agent.control.Resources.listener;
import static io.weir.agent.control.Resources.pool;
import static io.weir.agent.control.Resources.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.control.Compilation.Compiled;
import io.weir.agent.control.Compilation.Refused;
import io.weir.agent.model.HeaderEdits.Field;
import io.weir.agent.model.Refusal;
import io.weir.agent.model.RouteRule;
import io.weir.agent.model.Service;
import io.weir.v1.HeaderEdits;
import io.weir.v1.ListenerSpec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EditsCompilerTest {
  private static Compilation compile(HeaderEdits.Builder request, HeaderEdits.Builder response) {
    ListenerSpec spec =
        ListenerSpec.newBuilder()
            .setBind("0.0.0.0:80")
            .addRoutes(
                io.weir.v1.RouteRule.newBuilder()
                    .setPool("p")
                    .setRequestHeaders(request)
                    .setResponseHeaders(response))
            .build();
    return new SnapshotCompiler("1.2.3")
        .compile(snapshot("e", 1, 1, listener("l", spec), pool("p", "10.0.0.1:80")));
  }

  private static List<String> refused(HeaderEdits.Builder request, HeaderEdits.Builder response) {
    return switch (compile(request, response)) {
      case Compiled compiled -> throw new AssertionError("compiled: " + compiled);
      case Refused refused -> refused.refusals().stream().map(Refusal::field).toList();
    };
  }

  private static HeaderEdits.Builder edits() {
    return HeaderEdits.newBuilder();
  }

  @Test
  void keepTheirOrder() {
    HeaderEdits.Builder request =
        edits().addRemove("Cookie").putSet("Host", "shop:80").putSet("X-B", "").putSet("X-A", "1");
    HeaderEdits.Builder response = edits().putAdd("Via", "caf\u00e9").putAdd("via", "a\tb");
    assertThat(compile(request, response))
        .isInstanceOfSatisfying(
            Compiled.class,
            compiled -> {
              Service.Http http =
                  (Service.Http) compiled.snapshot().listeners().getFirst().service();
              RouteRule rule = http.routes().getFirst();
              assertThat(rule.requestHeaders())
                  .isEqualTo(
                      new io.weir.agent.model.HeaderEdits(
                          List.of("Cookie"),
                          List.of(
                              new Field("Host", "shop:80"),
                              new Field("X-B", ""),
                              new Field("X-A", "1")),
                          List.of()));
              assertThat(rule.responseHeaders().add())
                  .containsExactly(new Field("Via", "caf\u00e9"), new Field("via", "a\tb"));
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length",
        "transfer-encoding",
        "Connection",
        "Keep-Alive",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Upgrade",
        "",
        "a b",
        "a:",
        "a\r\nb"
      })
  void mayNotTouchWhatFramesAMessage(String name) {
    HeaderEdits.Builder wrong = edits().putAdd(name, "x").addRemove(name);
    assertThat(refused(wrong, wrong))
        .containsExactlyInAnyOrder(
            "routes[0].request_headers.remove[0]",
            "routes[0].request_headers.add[" + name + "]",
            "routes[0].response_headers.remove[0]",
            "routes[0].response_headers.add[" + name + "]");
  }

  @Test
  void ofForwardingFieldsAndHostAreForOneDirectionOnly() {
    HeaderEdits.Builder forwarding =
        edits().addRemove("Forwarded").putSet("X-Forwarded-For", "a").putAdd("Host", "b");
    assertThat(refused(forwarding, edits().putSet("Host", "x")))
        .containsExactlyInAnyOrder(
            "routes[0].request_headers.remove[0]",
            "routes[0].request_headers.set[X-Forwarded-For]",
            "routes[0].request_headers.add[Host]",
            "routes[0].response_headers.set[Host]");
    assertThat(compile(edits(), edits().addRemove("X-Forwarded-For"))).isInstanceOf(Compiled.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nb", "a\nb", "\0", "\u007f", "\u0085", " a", "a "})
  void mayNotSplitAMessage(String value) {
    assertThat(refused(edits().putSet("X-A", value), edits()))
        .containsExactly("routes[0].request_headers.set[X-A]");
  }

  @Test
  void areBounded() {
    HeaderEdits.Builder many = edits().putSet("X-Long", "\u00e9".repeat(2_049));
    for (int i = 0; i < 33; i++) {
      many.addRemove("R" + i).putAdd("A" + i, "");
    }
    assertThat(refused(many, edits()))
        .containsExactlyInAnyOrder(
            "routes[0].request_headers.remove",
            "routes[0].request_headers.set[X-Long]",
            "routes[0].request_headers.add");
  }

  @Test
  void mayNotContradictEachOther() {
    HeaderEdits.Builder both =
        edits().addRemove("x-a").addRemove("X-a").putSet("X-A", "").putSet("X-B", "");
    assertThat(refused(both.putSet("x-b", "").putSet("Host", "a b"), edits()))
        .containsExactlyInAnyOrder(
            "routes[0].request_headers.remove[1]",
            "routes[0].request_headers.set[X-A]",
            "routes[0].request_headers.set[x-b]",
            "routes[0].request_headers.set[Host]");
  }
}
