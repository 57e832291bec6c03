package io.weir.cli.pki;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PkiTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  @TempDir private Path dir = Path.of("");

  private record Ran(int status, String out, String err) {}

  private Ran run(String... args) {
    return runAt(NOW, args);
  }

  private Ran runAt(Instant now, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> line = new ArrayList<>(List.of(args));
    if (!line.getFirst().equals("show")) {
      line.addAll(List.of("--dir", dir.toString()));
    }
    int status =
        PkiCommands.line(
                new PrintWriter(out, true), new PrintWriter(err, true), InstantSource.fixed(now))
            .execute(line.toArray(String[]::new));
    return new Ran(status, out.toString(), err.toString());
  }

  private Ran show(String file) {
    return run("show", dir.resolve(file).toString());
  }

  @Test
  void what_is_issued_says_who_one_is_and_is_signed_by_the_authority() throws Exception {
    assertThat(run("init", "--cluster", "prod").status()).isZero();
    assertThat(run("issue", "operator", "ann@example.com").out())
        .contains("operator-ann@example.com.pem", "weir://prod/operator/ann@example.com");
    assertThat(show("operator-ann@example.com.pem").out())
        .contains(
            "Who:      operator ann@example.com of cluster prod",
            "until 2026-05-30T12:00:00Z (90 days left)");
    X509Certificate authority = read("ca.pem");
    X509Certificate leaf = read("operator-ann@example.com.pem");
    leaf.verify(authority.getPublicKey());
    assertThat(leaf.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
    assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
    assertThat(authority.getBasicConstraints()).isZero();
  }

  private X509Certificate read(String file) throws Exception {
    return Pem.certificates(Files.readString(dir.resolve(file))).getFirst();
  }

  @Test
  void a_controller_is_for_the_hosts_it_is_reached_by() throws Exception {
    run("init", "--cluster", "prod");
    run("issue", "controller", "c1", "--host", "10.0.0.1,c1.example.com", "--host", "fd00::1");
    assertThat(show("controller-c1.pem").out())
        .containsPattern("Hosts: +c1.example.com, 10.0.0.1, fd00:0:0:0:0:0:0:1");
    assertThat(read("controller-c1.pem").getExtendedKeyUsage()).hasSize(2);
    run("issue", "agent", "a1", "--host", "10.0.0.1");
    assertThat(read("agent-a1.pem").getExtendedKeyUsage()).hasSize(2);
    assertThat(run("issue", "operator", "ann", "--host", "10.0.0.1").err())
        .contains("--host is of use for controllers and agents only");
    assertThat(run("issue", "controller", "c2", "--host", "10.0.0.1:7400").err())
        .contains("without a port");
  }

  @Test
  void files_are_for_their_owner_only_and_stay_unless_they_are_to_be_replaced() throws IOException {
    run("init", "--cluster", "prod");
    run("issue", "admin", "ann");
    for (String file : List.of("ca.pem", "ca.key", "admin-ann.pem", "admin-ann.key")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve(file))))
          .isEqualTo("rw-------");
    }
    String before = Files.readString(dir.resolve("admin-ann.key"));
    Ran again = run("issue", "admin", "ann");
    assertThat(again.status()).isOne();
    assertThat(again.err()).contains("is there already; give --force to replace it");
    assertThat(run("init", "--cluster", "other").status()).isOne();
    assertThat(dir.resolve("admin-ann.key")).hasContent(before);
    assertThat(run("issue", "admin", "ann", "--force").status()).isZero();
    assertThat(Files.readString(dir.resolve("admin-ann.key"))).isNotEqualTo(before);
    try (var files = Files.list(dir)) {
      assertThat(files).hasSize(4);
    }
  }

  @Test
  void what_cannot_be_is_refused_in_a_sentence() {
    assertThat(run("issue", "admin", "ann").err())
        .contains("ca.pem is not there; make an authority with weir pki init");
    assertThat(run("init", "--cluster", "Prod").err()).contains("--cluster must be");
    run("init", "--cluster", "prod", "--for", "30d");
    assertThat(run("issue", "root", "ann").err()).contains("ROLE must be");
    assertThat(run("issue", "agent", "Ann/../x").err()).contains("NAME must be");
    assertThat(run("issue", "admin", "ann", "--for", "31d").err())
        .contains("the authority is valid until 2026-03-31T12:00:00Z only");
    assertThat(run("issue", "admin", "ann", "--for", "soon").err()).contains("90d or 12h");
    assertThat(show("nothing.pem").err()).contains("cannot be read");
  }

  @Test
  void an_expired_certificate_is_shown_as_such() {
    run("init", "--cluster", "prod");
    run("issue", "viewer", "vic", "--for", "1h");
    assertThat(
            runAt(NOW.plus(Duration.ofHours(2)), "show", dir.resolve("viewer-vic.pem").toString())
                .out())
        .contains("(expired)");
  }
}
