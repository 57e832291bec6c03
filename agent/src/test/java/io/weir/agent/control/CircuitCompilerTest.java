package io.weir.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.Circuit;
import io.weir.agent.model.Refusal;
import io.weir.v1.RetryBudget;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CircuitCompilerTest {
  private final List<Refusal> refused = new ArrayList<>();
  private final CircuitCompiler compiler = new CircuitCompiler(new Refusals("Pool", "p", refused));

  @Test
  void nothingDeclaredIsTheUsual() {
    assertThat(compiler.compile(io.weir.v1.Circuit.getDefaultInstance())).isEqualTo(Circuit.USUAL);
    assertThat(refused).isEmpty();
  }

  @Test
  void whatIsDeclaredHolds() {
    assertThat(
            compiler.compile(
                io.weir.v1.Circuit.newBuilder()
                    .setConnections(4)
                    .setEndpointConnections(3)
                    .setPending(2)
                    .setRequests(1)
                    .setRetries(RetryBudget.newBuilder().setPercent(0))
                    .build()))
        .isEqualTo(new Circuit(4, 3, 2, 1, new Circuit.Retries(0, 10)));
    assertThat(refused).isEmpty();
  }

  @Test
  void whatIsOutOfRangeIsRefused() {
    compiler.compile(
        io.weir.v1.Circuit.newBuilder()
            .setRequests(-1)
            .setRetries(RetryBudget.newBuilder().setPercent(101).setPerSecond(-1))
            .build());
    assertThat(refused)
        .extracting(Refusal::field)
        .containsExactly(
            "circuit.requests", "circuit.retries.percent", "circuit.retries.per_second");
  }
}
