package io.weir.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.agent.accesslog.AccessLogFormat;
import io.weir.agent.control.HostPort;
import io.weir.agent.exposition.MetricsTls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

class AgentOptionsTest {
  private static AgentConfig parsed(String... args) {
    AgentOptions options = new AgentOptions();
    new CommandLine(options).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(args);
    return options.toConfig();
  }

  @Test
  void everythingCanBeSaid() {
    assertThat(
            parsed(
                "--cluster=blue",
                "--controller=[::1]:7401,b:7402",
                "--name=edge-1",
                "--label=zone=a,tier=front",
                "--label=rack=7",
                "--data-dir=/tmp/x/../y",
                "--access-log=-",
                "--access-log-format=json",
                "--metrics=0.0.0.0:9100",
                "--gossip=127.0.0.1:0",
                "--event-loops=3",
                "--drain-time=1m30s",
                "--warm-up=0",
                "--allow-exec-probes",
                "--insecure-plaintext"))
        .isEqualTo(
            new AgentConfig(
                "blue",
                List.of(new HostPort("::1", 7401), new HostPort("b", 7402)),
                "edge-1",
                Map.of("zone", "a", "tier", "front", "rack", "7"),
                Path.of("/tmp/y"),
                "-",
                AccessLogFormat.JSON,
                Optional.of(new HostPort("0.0.0.0", 9100)),
                MetricsTls.OFF,
                Optional.of(new HostPort("127.0.0.1", 0)),
                3,
                Duration.ofSeconds(90),
                Duration.ZERO,
                true,
                Optional.empty(),
                Optional.empty()));
  }

  @Test
  void nothingNeedsToBeSaid() {
    AgentConfig config = parsed();
    assertThat(config.cluster()).isEqualTo("default");
    assertThat(config.controllers()).containsExactly(new HostPort("127.0.0.1", 7400));
    assertThat(config.name()).matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    assertThat(config.labels()).isEmpty();
    assertThat(config.metrics()).isEmpty();
    assertThat(config.gossip()).contains(new HostPort("0.0.0.0", 7402));
    assertThat(config.dataDir().toString()).endsWith("weir/agent");
    assertThat(config.accessLog()).isEqualTo("off");
    assertThat(config.execProbes()).isFalse();
    assertThat(config.accessLogFormat()).isEqualTo(AccessLogFormat.COMBINED);
    assertThat(config.eventLoops()).isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(config.drainTime()).isEqualTo(Duration.ofSeconds(30));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--cluster=Blue",
        "--cluster=",
        "--controller=localhost",
        "--controller=localhost:0",
        "--name=Edge",
        "--name=edge-",
        "--label=zone",
        "--label==a",
        "--label=zone=",
        "--label=zone=a b",
        "--access-log=",
        "--access-log-format=xml",
        "--metrics=",
        "--metrics=9100",
        "--metrics=localhost:",
        "--event-loops=0",
        "--event-loops=1025",
        "--event-loops=two",
        "--drain-time=soon",
        "--drain-time=",
        "--warm-up=2m",
        "--log-level=loud",
        "--log-format=xml",
        "--unknown=1",
      })
  void whatIsWrongIsAUsageErrorThatNamesTheOption(String wrong) {
    assertThatThrownBy(() -> parsed(wrong))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining(wrong.substring(0, wrong.indexOf('=')));
  }

  @Nested
  class ADuration {
    @ParameterizedTest
    @CsvSource({"0, 0", "0s, 0", "500ms, 500", "30s, 30000", "1m30s, 90000", "2h, 7200000"})
    void isWrittenAsInConfiguration(String text, long millis) {
      assertThat(new DurationConverter().convert(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "30", "-1s", "1s1m", "1.5s", "s", "9999999999s"})
    void isNothingElse(String text) {
      assertThatThrownBy(() -> new DurationConverter().convert(text))
          .isInstanceOf(CommandLine.TypeConversionException.class);
    }
  }
}
