package io.weir.e2e.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.RetryInfo;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.weir.cli.Main;
import io.weir.cli.command.Console;
import io.weir.cli.pki.Role;
import io.weir.controller.Controller;
import io.weir.controller.ControllerConfig;
import io.weir.controller.StartupException;
import io.weir.controller.security.Limits;
import io.weir.controller.security.Protection;
import io.weir.controller.security.TlsFiles;
import io.weir.e2e.live.Await;
import io.weir.e2e.security.Papers.Pair;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.AdminServiceGrpc.AdminServiceBlockingStub;
import io.weir.v1.ApplyRequest;
import io.weir.v1.AuditRecord;
import io.weir.v1.AuditRequest;
import io.weir.v1.Endpoint;
import io.weir.v1.HistoryRequest;
import io.weir.v1.ListRequest;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A controller over TLS, as people and programs meet it. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class TlsTest {
  private static final String CLUSTER = "prod";

  @TempDir private Path dir = Path.of("");

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  private Papers papers() {
    return new Papers(dir.resolve("pki"), CLUSTER);
  }

  private Controller start(String host, Protection protection) throws StartupException {
    Controller controller =
        Controller.start(
            new ControllerConfig(
                    CLUSTER,
                    new ControllerConfig.Listen(host, 0),
                    new ControllerConfig.Storage.Embedded(dir.resolve("data")),
                    100)
                .with(protection),
            InstantSource.system());
    open.add(controller);
    return controller;
  }

  private Controller start(Papers papers, Limits limits) throws StartupException {
    Pair own = papers.issue(Role.CONTROLLER, "c1");
    return start("127.0.0.1", protection(papers, own, limits));
  }

  private static Protection protection(Papers papers, Pair own, Limits limits) {
    return new Protection(
        Optional.of(new TlsFiles(own.certificate(), own.key(), papers.trust())),
        false,
        Optional.empty(),
        limits);
  }

  private AdminServiceBlockingStub stub(
      Papers papers, Controller controller, Role role, String name) {
    ManagedChannel channel =
        papers
            .channel("127.0.0.1", controller.port(), Optional.of(papers.issue(role, name)))
            .build();
    open.add(channel::shutdownNow);
    return AdminServiceGrpc.newBlockingStub(channel);
  }

  private static ApplyRequest pool(String name, int weight) {
    return ApplyRequest.newBuilder()
        .setAuthor("somebody else")
        .addResources(
            Resource.newBuilder()
                .setMetadata(Metadata.newBuilder().setName(name))
                .setPool(
                    Pool.newBuilder()
                        .setSpec(
                            PoolSpec.newBuilder()
                                .addEndpoints(
                                    Endpoint.newBuilder()
                                        .setAddress("10.0.0.1:80")
                                        .setWeight(weight)))))
        .build();
  }

  private record Ran(int status, String out, String err) {}

  private static Ran ctl(Controller controller, List<String> tls, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> line = new ArrayList<>(List.of(args));
    line.addAll(List.of("--controller", "127.0.0.1:" + controller.port(), "--timeout", "20s"));
    line.addAll(tls);
    InputStream nothing = new ByteArrayInputStream(new byte[0]);
    Console console =
        new Console(
            nothing,
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            false,
            InstantSource.system(),
            Optional::empty);
    int status = Main.run(console, line.toArray(String[]::new));
    return new Ran(status, out.toString(), err.toString());
  }

  @Nested
  class A_write {
    @Test
    void has_the_certificates_holder_as_its_author_whatever_is_claimed() throws Exception {
      Papers papers = papers();
      Controller controller = start(papers, Limits.DEFAULT);
      AdminServiceBlockingStub ann = stub(papers, controller, Role.OPERATOR, "ann");
      ann.apply(pool("web", 1));
      long second = ann.apply(pool("web", 2)).getRevision();
      var commits = ann.history(HistoryRequest.getDefaultInstance()).getCommitsList();
      assertThat(commits.getFirst().getAuthor()).isEqualTo("operator/ann");
      assertThat(commits.getFirst().getAuthenticated()).isTrue();
      assertThat(commits.getFirst().getPeer()).startsWith("127.0.0.1:");
      assertThat(commits.getFirst().getFromRevision()).isEqualTo(commits.get(1).getRevision());

      AuditRecord record = ann.audit(AuditRequest.getDefaultInstance()).getRecords(0);
      assertThat(record.getIdentity()).isEqualTo("operator/ann");
      assertThat(record.getCall()).isEqualTo("weir.v1.AdminService/Apply");
      assertThat(record.getOutcome()).isEqualTo("OK");
      assertThat(record.getRevision()).isEqualTo(second);
      assertThat(record.getChanges(0).getResource().getName()).isEqualTo("web");
      assertThat(record.getChanges(0).getFromRevision()).isEqualTo(commits.get(1).getRevision());
      assertThat(record.getChanges(0).getToRevision()).isEqualTo(second);

      List<String> options = papers.options(papers.issue(Role.OPERATOR, "ann"));
      assertThat(ctl(controller, options, "history").out())
          .contains("operator/ann")
          .doesNotContain("somebody else", "claimed");
      assertThat(ctl(controller, options, "audit").out())
          .contains("operator/ann", "Apply", "pool/web");
    }

    @Test
    void beyond_the_rate_is_told_when_to_come_back_and_others_go_on() throws Exception {
      Papers papers = papers();
      Controller controller = start(papers, new Limits(100, 100, 2));
      AdminServiceBlockingStub ann = stub(papers, controller, Role.OPERATOR, "ann");
      AdminServiceBlockingStub bob = stub(papers, controller, Role.OPERATOR, "bob");
      StatusRuntimeException refused = flooded(ann);
      assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(refused.getStatus().getDescription())
          .contains("more than 2 such calls a second by operator/ann; come back in");
      assertThat(
              StatusProto.fromThrowable(refused)
                  .getDetails(0)
                  .unpack(RetryInfo.class)
                  .hasRetryDelay())
          .isTrue();
      bob.apply(pool("other", 1));
      ann.list(ListRequest.getDefaultInstance());
      assertThat(bob.audit(AuditRequest.newBuilder().setRefused(true).build()).getRecordsList())
          .anySatisfy(record -> {
            assertThat(record.getIdentity()).isEqualTo("operator/ann");
            assertThat(record.getOutcome()).isEqualTo("RESOURCE_EXHAUSTED");
          });
      Await.until(
          "ann to be let in again",
          Duration.ofSeconds(10),
          () -> {
            try {
              return ann.apply(pool("web", 1)).getRevision() > 0;
            } catch (StatusRuntimeException e) {
              return false;
            }
          });
    }
  }

  /** Writes until that is too much. */
  private static StatusRuntimeException flooded(AdminServiceBlockingStub stub) {
    for (int i = 1; i < 200; i++) {
      try {
        stub.apply(pool("web", i));
      } catch (StatusRuntimeException e) {
        return e;
      }
    }
    throw new AssertionError("200 writes were let through");
  }

  @Nested
  class Who_may_not {
    @Test
    void is_told_who_one_is_and_what_it_takes() throws Exception {
      Papers papers = papers();
      Controller controller = start(papers, Limits.DEFAULT);
      List<String> vic = papers.options(papers.issue(Role.VIEWER, "vic"));
      assertThat(ctl(controller, vic, "get", "pools").status()).isZero();
      Ran refused = ctl(controller, vic, "delete", "pool", "web");
      assertThat(refused.status()).isOne();
      assertThat(refused.err())
          .isEqualTo(
              "error: this certificate is viewer/vic, and AdminService/Delete takes admin or"
                  + " operator\n");
      List<String> ann = papers.options(papers.issue(Role.OPERATOR, "ann"));
      assertThat(ctl(controller, ann, "join-token").err()).contains("takes admin");
      assertThat(ctl(controller, ann, "audit", "--refused").out())
          .contains("viewer/vic", "Delete", "PERMISSION_DENIED", "operator/ann", "Join");
    }

    @Test
    void learns_why_there_is_no_connection() throws Exception {
      Papers papers = papers();
      Controller controller = start(papers, Limits.DEFAULT);
      assertThat(
              ctl(controller, papers.options(papers.expired(Role.ADMIN, "late")), "get", "pools")
                  .err())
          .contains("refuses the certificate of --tls-cert");
      Papers foreign = new Papers(dir.resolve("foreign"), CLUSTER);
      assertThat(
              ctl(controller, foreign.options(foreign.issue(Role.ADMIN, "eve")), "get", "pools")
                  .err())
          .contains("not signed by an authority of --tls-ca");
      assertThat(ctl(controller, List.of(), "get", "pools").status()).isOne();
    }
  }

  @Nested
  class A_controller {
    @Test
    void serves_plaintext_on_loopback_only_unless_told_otherwise() throws Exception {
      assertThatThrownBy(() -> start("0.0.0.0", Protection.NONE))
          .isInstanceOf(StartupException.class)
          .hasMessageContaining("--insecure-plaintext");
      start("0.0.0.0", new Protection(Optional.empty(), true, Optional.empty(), Limits.DEFAULT));
    }

    @Test
    void does_not_start_with_a_certificate_that_is_not_its_own() {
      Papers papers = papers();
      assertThatThrownBy(() ->
              start(
                  "127.0.0.1", protection(papers, papers.issue(Role.AGENT, "a1"), Limits.DEFAULT)))
          .hasMessageContaining("the certificate is of agent/a1")
          .hasMessageContaining("weir://prod/controller/NAME");
      Pair own = papers.issue(Role.CONTROLLER, "c1");
      Pair other = papers.issue(Role.CONTROLLER, "c2");
      assertThatThrownBy(() ->
              start(
                  "127.0.0.1",
                  protection(papers, new Pair(own.certificate(), other.key()), Limits.DEFAULT)))
          .hasMessageContaining("is the key of another certificate");
    }

    @Test
    void goes_on_with_the_certificate_it_had_when_the_new_one_is_broken() throws Exception {
      Papers papers = papers();
      Pair own = papers.issue(Role.CONTROLLER, "c1");
      Controller controller = start("127.0.0.1", protection(papers, own, Limits.DEFAULT));
      String key = Files.readString(own.key());
      Files.writeString(own.key(), key.substring(0, key.length() / 2));
      // The next certificate is whole, but its key comes late: nothing is to go wrong meanwhile.
      papers.issueCertificateOnly(Role.CONTROLLER, "c1");
      long until = System.nanoTime() + Duration.ofSeconds(3).toNanos();
      for (int i = 0; System.nanoTime() < until; i++) {
        stub(papers, controller, Role.OPERATOR, "ann" + i % 2)
            .list(ListRequest.getDefaultInstance());
      }
      papers.issue(Role.CONTROLLER, "c1");
      stub(papers, controller, Role.OPERATOR, "ann").list(ListRequest.getDefaultInstance());
    }

    @Test
    void takes_so_many_connections_and_no_more() throws Exception {
      Papers papers = papers();
      Controller controller = start(papers, new Limits(3, 3, 50));
      AdminServiceBlockingStub ann = stub(papers, controller, Role.OPERATOR, "ann");
      ann.list(ListRequest.getDefaultInstance());
      List<Socket> idle = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), controller.port());
        idle.add(socket);
        open.add(socket);
      }
      Await.until(
          "those that are too many to be closed",
          Duration.ofSeconds(10),
          () -> idle.stream().filter(TlsTest::isClosed).count() == 3);
      ann.list(ListRequest.getDefaultInstance());
      assertThat(ann.audit(AuditRequest.newBuilder().setRefused(true).build()).getRecordsList())
          .anySatisfy(record ->
              assertThat(record.getSentence()).isEqualTo("there are 3 connections already"));
    }

    @Test
    void takes_nothing_but_tls() throws Exception {
      Papers papers = papers();
      Controller controller = start(papers, Limits.DEFAULT);
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), controller.port())) {
        socket
            .getOutputStream()
            .write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        AdminServiceBlockingStub ann = stub(papers, controller, Role.OPERATOR, "ann");
        Await.until(
            "the refusal to be recorded",
            Duration.ofSeconds(10),
            () ->
                ann
                    .audit(AuditRequest.newBuilder().setRefused(true).build())
                    .getRecordsList()
                    .stream()
                    .anyMatch(record -> record.getSentence().equals("what came is not TLS")));
      }
    }
  }

  private static boolean isClosed(Socket socket) {
    try {
      socket.setSoTimeout(1);
      return socket.getInputStream().read() < 0;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
