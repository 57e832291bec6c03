package io.weir.e2e.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.e2e.figure.Figure;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** From turns to figures and tables. */
final class ReportTest {
  private static final Cell ONE_CORE = new Cell(new Layout(1, 0, 1), "128b", 64);
  private static final Cell TWO_CORES = new Cell(new Layout(2, 0, 1), "64k", 256);

  @Nested
  class Ratios_of_turns {
    @Test
    void the_median_of_an_even_number_is_the_mean_of_the_middle() {
      assertThat(Ratios.median(List.of(9.0, 1.0, 2.0))).isEqualTo(2);
      assertThat(Ratios.median(List.of(9.0, 1.0, 2.0, 4.0))).isEqualTo(3);
      assertThatThrownBy(() -> Ratios.median(List.of())).hasMessage("no values");
    }

    @Test
    void turns_of_the_same_round_are_compared() {
      List<Double> ratios =
          Ratios.paired(
              List.of(turn(10), turn(30)), List.of(turn(20), turn(60)), Measure.REQUEST::cost);
      assertThat(ratios).containsExactly(0.5, 0.5);
    }

    @Test
    void a_round_with_a_failed_request_is_left_out() {
      var failed = new Turn(new WrkResult(100, 1, 1_000_000, 0, 1, 1, 2, 3), new CpuTime(0, 1));
      List<Double> ratios =
          Ratios.paired(
              List.of(turn(10), turn(30)), List.of(failed, turn(60)), Measure.REQUEST::cost);
      assertThat(ratios).containsExactly(0.5);
    }
  }

  @Nested
  class Figures {
    @Test
    void are_named_by_size_connections_measure_and_cores() {
      assertThat(ONE_CORE.figure("cpu_us")).isEqualTo("proxy.128b.c64.cpu_us");
      assertThat(TWO_CORES.figure("cpu_vs_nginx")).isEqualTo("proxy.64k.c256.cpu_vs_nginx.2core");
    }

    @Test
    void hold_what_was_measured_and_nothing_else() {
      var results = new Results();
      results.turn(ONE_CORE, "weir", turn(10));
      results.turn(ONE_CORE, "nginx", turn(20));
      assertThat(new ProxyFigures(results, "./weir bench proxy").all())
          .extracting(Figure::figure)
          .containsExactly(
              "proxy.128b.c64.cpu_us",
              "proxy.128b.c64.cpu_vs_nginx",
              "proxy.128b.c64.rps_vs_nginx",
              "proxy.128b.c64.p99_vs_nginx");
    }

    @Test
    void have_a_sample_for_each_round() {
      var results = new Results();
      results.turn(ONE_CORE, "weir", turn(10));
      results.turn(ONE_CORE, "weir", turn(12));
      results.turn(ONE_CORE, "weir", turn(14));
      Figure figure = new ProxyFigures(results, "./weir bench proxy").all().getFirst();
      assertThat(figure.samples()).containsExactly(10.0, 12.0, 14.0);
      assertThat(figure.value()).isEqualTo(12);
    }
  }

  @Nested
  class The_page {
    private static final String PAGE =
        """
        intro
        <!-- l4:begin -->
        l4
        <!-- l4:end -->
        <!-- proxy:begin -->
        old
        <!-- proxy:end -->
        end
        """;

    @Test
    void keeps_what_is_outside_of_the_markers() {
      assertThat(new Page("proxy").replaced(PAGE, "new\n")).isEqualTo(PAGE.replace("old", "new"));
    }

    @Test
    void needs_its_markers() {
      assertThatThrownBy(() -> new Page("proxy").replaced("intro\n", "new\n"))
          .hasMessageContaining("<!-- proxy:begin -->");
    }

    @Test
    void tells_how_and_on_what_it_was_measured() {
      String text =
          Page.measured(
              LocalDate.of(2030, 1, 2),
              "./weir bench proxy",
              new Machine(2, "Some CPU", 24, "Some Linux 1", "6.1", "25.0.1"),
              Map.of("nginx", "nginx 1.2.3"),
              "TABLE\n");
      assertThat(text)
          .contains("2030-01-02", "./weir bench proxy\n", "nginx 1.2.3")
          .contains("2 cores (Some CPU), 24 GiB, Some Linux 1, Linux 6.1, JDK 25.0.1")
          .endsWith("TABLE\n");
    }

    @Test
    void can_say_something_of_this_machine() {
      assertThat(Machine.here().toString()).matches("\\d+ cores \\(.+\\), \\d+ GiB, .*JDK .*25.*");
    }
  }

  @Test
  void a_turn_with_errors_is_told_of() {
    var results = new Results();
    var failed = new Turn(new WrkResult(100, 1, 1_000_000, 7, 0, 1, 2, 3), new CpuTime(0, 1));
    results.turn(TWO_CORES, "haproxy", failed);
    assertThat(results.notes())
        .singleElement()
        .asString()
        .contains("64k, 256 connections, 2 cores, haproxy", "7 answers of status 400");
  }

  @Test
  void a_table_is_aligned_markdown() {
    var table = new Table("contender", "us");
    table.row(List.of("weir", "17.5"));
    table.row(List.of("a proxy of long name", "9.1"));
    assertThat(table.toString())
        .isEqualTo(
            """
            | contender            |   us |
            | -------------------- | ---: |
            | weir                 | 17.5 |
            | a proxy of long name |  9.1 |
            """);
  }

  /** A thousand requests. */
  private static Turn turn(int microsPerRequest) {
    return new Turn(
        new WrkResult(1_000, 300_000, 1_000_000, 0, 0, 500, 900, 1_500),
        new CpuTime(microsPerRequest * 200L, microsPerRequest * 800L));
  }
}
