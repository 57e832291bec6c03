package io.weir.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

final class ControllerMainTest {
  private final StringWriter err = new StringWriter();
  private final StringWriter out = new StringWriter();

  private int run(String... args) {
    CommandLine commandLine = ControllerMain.commandLine();
    commandLine.setErr(new PrintWriter(err, true));
    commandLine.setOut(new PrintWriter(out, true));
    return commandLine.execute(args);
  }

  static Stream<Arguments> wrongOptions() {
    return Stream.of(
        arguments(
            List.of("--listen", "nowhere"),
            "--listen \"nowhere\" must be host:port or [address]:port, the port 0 to 65535"),
        arguments(
            List.of("--listen", "127.0.0.1:70000"),
            "--listen \"127.0.0.1:70000\" must be host:port or [address]:port, the port 0 to"
                + " 65535"),
        arguments(
            List.of("--cluster", "My Cluster"),
            "--cluster \"My Cluster\" must be 1 to 63 lower-case letters, digits and '-'"),
        arguments(List.of("--history", "0"), "--history \"0\" must be from 1 to 1000000"),
        arguments(
            List.of("--etcd", "10.0.0.1:2379"),
            "--etcd \"10.0.0.1:2379\" must be a URL with a port, as in http://10.0.0.1:2379"),
        arguments(
            List.of("--etcd", "http://10.0.0.1:2379,https://10.0.0.2:2379"),
            "--etcd \"http://10.0.0.1:2379,https://10.0.0.2:2379\" must be either all https or all"
                + " http"),
        arguments(
            List.of("--etcd", "http://10.0.0.1:2379", "--etcd-ca", "ca.pem"),
            "--etcd \"http://10.0.0.1:2379\" must be https for certificates to be of use, as"
                + " ca.pem"),
        arguments(
            List.of("--etcd", "https://10.0.0.1:2379", "--etcd-cert", "cert.pem"),
            "--etcd-cert and --etcd-key are of use together only"),
        arguments(
            List.of("--etcd", "https://10.0.0.1:2379", "--etcd-user", "weir"),
            "--etcd-user and --etcd-password-file are of use together only"));
  }

  @ParameterizedTest
  @MethodSource("wrongOptions")
  void a_wrong_option_is_one_sentence_and_exit_status_2(List<String> args, String sentence) {
    assertThat(run(args.toArray(String[]::new))).isEqualTo(2);
    assertThat(err.toString().strip())
        .isEqualTo("weir controller: " + sentence + " (see weir controller --help)");
  }

  @Test
  void a_data_directory_that_is_none_is_one_sentence_and_exit_status_1(@TempDir Path dir)
      throws Exception {
    Path file = Files.writeString(dir.resolve("file"), "");
    assertThat(run("--data-dir", file.toString(), "--listen", "127.0.0.1:0")).isEqualTo(1);
    assertThat(err.toString().strip())
        .startsWith("weir controller: ")
        .contains(file.toString(), "--data-dir")
        .doesNotContain("\n");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void an_etcd_that_is_away_is_one_sentence_and_exit_status_1() {
    assertThat(run("--etcd", "http://127.0.0.1:1", "--listen", "127.0.0.1:0")).isEqualTo(1);
    assertThat(err.toString().strip())
        .startsWith("weir controller: ")
        .contains("http://127.0.0.1:1", "etcd")
        .doesNotContain("\n");
  }

  @Test
  void a_password_file_that_is_not_there_is_one_sentence_and_exit_status_1(@TempDir Path dir) {
    Path file = dir.resolve("password");
    assertThat(
            run(
                "--etcd",
                "http://127.0.0.1:1",
                "--etcd-user",
                "weir",
                "--etcd-password-file",
                file.toString(),
                "--listen",
                "127.0.0.1:0"))
        .isEqualTo(1);
    assertThat(err.toString().strip())
        .isEqualTo(
            "weir controller: the file %s with etcd's password is not there (see --etcd)"
                .formatted(file));
  }

  @Test
  void help_names_every_option_with_its_variable() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString())
        .contains("WEIR_CLUSTER", "WEIR_LISTEN", "WEIR_DATA_DIR", "WEIR_HISTORY")
        .contains("WEIR_ETCD", "WEIR_ETCD_CA", "WEIR_ETCD_CERT", "WEIR_ETCD_KEY")
        .contains("WEIR_ETCD_USER", "WEIR_ETCD_PASSWORD_FILE");
  }
}
