package io.weir.e2e.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What is read from the load, the kernel and perf. */
final class MeasuringTest {
  @Nested
  class Of_wrk {
    private static final String OUTPUT =
        """
        Running 2s test @ http://127.0.0.1:18080/128b
          1 threads and 64 connections
          Thread Stats   Avg      Stdev     Max   +/- Stdev
            Latency     2.71ms    1.02ms  33.03ms   90.55%
        Requests/sec:  23456.78
        weir-bench requests=46914 bytes=14543340 duration_us=2000050 connect=0 read=1 write=2 \
        status=3 timeout=4 p50_us=2621 p99_us=5010 p999_us=33029
        """;

    @Test
    void requests_errors_and_percentiles_are_read() {
      WrkResult result = WrkResult.parse(OUTPUT);
      assertThat(result)
          .isEqualTo(new WrkResult(46914, 14543340, 2000050, 3, 7, 2621, 5010, 33029));
      var turn = new Turn(result, new CpuTime(200_000, 738_280));
      assertThat(Measure.REQUEST.rate(turn)).isCloseTo(23456.4, within(0.1));
      assertThat(Measure.REQUEST.cost(turn)).isCloseTo(20.0, within(0.01));
      assertThat(Measure.MIB.cost(turn)).isCloseTo(67_650, within(1.0));
    }

    @Test
    void a_run_without_a_result_says_what_wrk_said() {
      assertThatThrownBy(() -> WrkResult.parse("unable to connect to 127.0.0.1:1\n"))
          .hasMessageContaining("unable to connect");
    }

    @Test
    void a_result_that_lacks_a_field_is_refused() {
      assertThatThrownBy(() -> WrkResult.parse(OUTPUT.replace(" status=3", "")))
          .hasMessageContaining("lacks status");
    }
  }

  @Nested
  class Of_the_kernel {
    @Test
    void cpu_time_is_read_whatever_the_command_is_called() {
      String stat =
          "42 (a (b) c) S 1 42 42 0 -1 4194304 100 200 0 0 1234 567 8 9 20 0 11 0 99 1000 10";
      assertThat(CpuTime.parse(stat)).isEqualTo(new CpuTime(12_340_000, 5_670_000));
    }

    @Test
    void something_else_is_no_cpu_time() {
      assertThatThrownBy(() -> CpuTime.parse("42 (a) S 1 2"))
          .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void cores_are_listed_in_ranges() {
      assertThat(Cpus.parse("0-2,8").allowed()).containsExactly(0, 1, 2, 8);
      assertThat(Cpus.parse("5").allowed()).containsExactly(5);
    }

    @Test
    void this_jvm_has_used_cpu_time_and_memory() {
      var tree = new ProcessTree(ProcessHandle.current().pid());
      assertThat(tree.cpu().total()).isPositive();
      assertThat(tree.rss()).isGreaterThan(10);
    }

    @Test
    void a_process_that_is_gone_has_used_nothing() {
      assertThat(new ProcessTree(Long.MAX_VALUE).cpu()).isEqualTo(CpuTime.NONE);
    }

    @Test
    void system_calls_are_found_among_what_else_is_printed() {
      String said = "weir-bench requests=1\n209123,,raw_syscalls:sys_enter,1000,100.00,,\n";
      assertThat(SystemCalls.count(said)).isEqualTo(209_123);
    }

    @Test
    void system_calls_that_were_not_counted_are_no_zero() {
      assertThatThrownBy(() -> SystemCalls.count("<not counted>,,raw_syscalls:sys_enter,0,,,\n"))
          .hasMessageContaining("not counted");
    }
  }

  @Nested
  class Of_warming_up {
    private final WarmUp warmUp = new WarmUp(Duration.ofSeconds(6), Duration.ofSeconds(12));

    @Test
    void it_lasts_while_requests_get_cheaper() {
      assertThat(warmUp.enough(List.of(90.0, 50.0, 40.0))).isFalse();
      assertThat(warmUp.enough(List.of(90.0, 50.0, 40.0, 39.5))).isFalse();
      assertThat(warmUp.enough(List.of(90.0, 50.0, 40.0, 39.5, 40.5))).isTrue();
    }

    @Test
    void it_has_a_least_and_a_most() {
      assertThat(warmUp.enough(List.of(40.0, 40.0))).isFalse();
      assertThat(warmUp.enough(List.of(40.0, 40.0, 40.0))).isTrue();
      assertThat(warmUp.enough(List.of(90.0, 80.0, 70.0, 60.0, 50.0, 40.0))).isTrue();
    }
  }

  @Nested
  class Of_balancing {
    @Test
    void equal_shares_are_right() {
      assertThat(Spread.judge(Map.of("1", 20, "2", 21, "3", 19), 3)).isEmpty();
    }

    @Test
    void an_origin_that_is_left_out_is_wrong() {
      assertThat(Spread.judge(Map.of("1", 30, "2", 30), 3)).contains("does not balance");
      assertThat(Spread.judge(Map.of("1", 55, "2", 3, "3", 2), 3)).contains("does not balance");
    }
  }
}
