package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.weir.v1.SimulateScalerResponse;
import io.weir.v1.SimulatedPoint;
import io.weir.v1.TracePoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SimulateTest {
  private static final String SCALER =
      """
      kind: Scaler
      name: web
      pool: backend
      max: 20
      targets: {in_flight: 8}
      """;

  @TempDir private Path folder;
  private final Ctl ctl = new Ctl();

  @AfterEach
  void close() {
    ctl.close();
  }

  private Ctl.Outcome simulate(String trace, String... more) throws IOException {
    Path file = Files.writeString(folder.resolve("trace.csv"), trace);
    String[] line = new String[6 + more.length];
    System.arraycopy(
        new String[] {"simulate", "scaler", "-f", "-", "--trace", file.toString()}, 0, line, 0, 6);
    System.arraycopy(more, 0, line, 6, more.length);
    return ctl.runWith(SCALER, line);
  }

  @Test
  void a_trace_is_sent_and_what_comes_of_it_is_shown() throws IOException {
    ctl.admin.simulated(
        SimulateScalerResponse.newBuilder()
            .addPoints(
                SimulatedPoint.newBuilder()
                    .setTime(Duration.newBuilder().setSeconds(60))
                    .setRate(1_200)
                    .setEndpoints(5)
                    .setDesired(8)
                    .setLatency(Duration.newBuilder().setNanos(250_000_000))
                    .setReason("5 -> 8: 96 requests under way"))
            .setEndpointSeconds(1_000)
            .setViolationSeconds(12)
            .setChanges(1)
            .build());
    Ctl.Outcome outcome = simulate("seconds,rate,service_time\n0,600,80ms\n60,1200,0.08\n");
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out())
        .contains("60       1,200   250 ms   5 -> 8: 96 requests under way")
        .contains("1,000 endpoint seconds; 12 seconds in which requests took too long; 1 changes");
    assertThat(ctl.admin.asked().getSpec().getMax()).isEqualTo(20);
    assertThat(ctl.admin.asked().getTraceList()).containsExactly(point(0, 600), point(60, 1_200));
  }

  private static TracePoint point(int second, double rate) {
    return TracePoint.newBuilder()
        .setTime(Duration.newBuilder().setSeconds(second))
        .setRate(rate)
        .setServiceTime(Duration.newBuilder().setNanos(80_000_000))
        .build();
  }

  @Test
  void json_is_read_and_csv_is_written() throws IOException {
    ctl.admin.simulated(
        SimulateScalerResponse.newBuilder()
            .addPoints(SimulatedPoint.newBuilder().setRate(10).setEndpoints(1).setDesired(1))
            .build());
    Ctl.Outcome outcome =
        simulate("{\"seconds\": 0, \"rate\": 10, \"service_time\": \"80ms\"}\n", "-o", "csv");
    assertThat(outcome.out())
        .isEqualTo(
            """
            seconds,rate,endpoints,desired,latency_ms
            0,10.000,1,1,0.000
            """);
    assertThat(ctl.admin.asked().getTraceList()).containsExactly(point(0, 10));
  }

  @Test
  void a_line_that_is_wrong_is_named() throws IOException {
    assertThat(simulate("0,600,80ms\nso much\n").err())
        .contains("trace.csv:2: must be seconds,rate,service_time");
  }
}
