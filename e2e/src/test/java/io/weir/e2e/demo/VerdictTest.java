package io.weir.e2e.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.e2e.figure.Figure;
import io.weir.e2e.load.Answer;
import io.weir.e2e.load.Window;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The demo can fail. */
final class VerdictTest {
  private static final int CONNECTIONS = 4;
  private static final Answer RESET = new Answer.Failed("502 Bad Gateway (upstream-reset)");
  private static final Answer REFUSED = new Answer.Failed("502 Bad Gateway (connect-refused)");

  @Test
  void passes_when_all_held() {
    assertThat(Verdict.failures(outcome(good(), good()))).isEmpty();
  }

  @Test
  void fails_when_a_share_is_off_its_weight() {
    Phase off =
        phase(Map.of("one", 0.5, "two", 0.5), window(1_960), window("one", 1_060, "two", 940));
    assertThat(Verdict.failures(outcome(off, good())))
        .containsExactly("phase: a share is 3.0 percentage points off its weight (at most 2.0)");
  }

  @Test
  void fails_when_too_little_was_asked() {
    Phase little = phase(Map.of("one", 1.0), window(0), window(10));
    assertThat(
            Verdict.failures(
                new Outcome(little, little, little, little, little, little, little, List.of(), 1)))
        .containsExactly("70 requests, fewer than 20,000");
  }

  @Test
  void fails_when_a_request_failed_where_none_may() {
    Phase failed = phase(Map.of("one", 1.0), failing(1, REFUSED, true), window(4_000));
    assertThat(Verdict.failures(outcome(failed, good())))
        .containsExactly("phase: 1 requests failed {GET 502 Bad Gateway (connect-refused)=1}");
  }

  @Nested
  class At_a_kill {
    @Test
    void passes_when_only_what_was_on_its_way_failed() {
      assertThat(failures(failing(CONNECTIONS, RESET, false))).isEmpty();
    }

    @Test
    void fails_when_an_idempotent_request_failed() {
      assertThat(failures(failing(1, RESET, true)))
          .singleElement()
          .asString()
          .contains("1 idempotent requests failed");
    }

    @Test
    void fails_when_more_failed_than_can_have_been_on_their_way() {
      assertThat(failures(failing(CONNECTIONS + 1, RESET, false)))
          .singleElement()
          .asString()
          .contains("more than the 4 that can have been on their way");
    }

    @Test
    void fails_when_a_request_failed_that_never_reached_the_origin() {
      assertThat(failures(failing(1, REFUSED, false)))
          .singleElement()
          .asString()
          .contains("were not on their way");
    }

    private static List<String> failures(Window settling) {
      return Verdict.failures(outcome(good(), phase(Map.of("one", 1.0), settling, window(4_000))));
    }
  }

  @Test
  void the_figures_add_up_over_the_phases() {
    Phase kill = phase(Map.of("one", 1.0), failing(2, RESET, false), window(4_000));
    String json = Figure.json(DemoFigures.of(outcome(good(), kill), "./weir demo --for 20s"));
    assertThat(json)
        .startsWith(
            "[\n  {\"figure\": \"demo.requests\", \"value\": 28002, \"unit\": \"requests\", ")
        .contains("{\"figure\": \"demo.failed\", \"value\": 2, ")
        .contains("\"samples\": [0, 0, 2, 0, 0, 0, 0]")
        .contains("{\"figure\": \"demo.kill.failed_idempotent\", \"value\": 0, ")
        .contains("{\"figure\": \"demo.failover_ms\", \"value\": 12.500, \"unit\": \"ms\", ")
        .endsWith("\"command\": \"./weir demo --for 20s\"}\n]\n");
  }

  private static Phase good() {
    return phase(Map.of("one", 1.0), window(1_000), window(3_000));
  }

  /** All other phases are good. */
  private static Outcome outcome(Phase first, Phase kill) {
    return new Outcome(
        first, good(), kill, good(), good(), good(), good(), List.of(12.5, 0.0), CONNECTIONS);
  }

  private static Phase phase(Map<String, Double> declared, Window settling, Window measured) {
    return new Phase("phase", declared, settling, measured);
  }

  private static Window window(int served) {
    return window("one", served, "two", 0);
  }

  private static Window window(String one, int served, String two, int more) {
    var window = new Window();
    record(window, new Answer.Served(one), served, true);
    record(window, new Answer.Served(two), more, true);
    return window;
  }

  private static Window failing(int count, Answer answer, boolean idempotent) {
    var window = new Window();
    record(window, answer, count, idempotent);
    return window;
  }

  private static void record(Window window, Answer answer, int count, boolean idempotent) {
    for (int i = 0; i < count; i++) {
      window.enter();
      window.record(answer, idempotent, 0, 1);
    }
  }
}
