package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.weir.cli.Ctl.Outcome;
import io.weir.cli.admin.ExportFile;
import io.weir.v1.AdminServiceGrpc.AdminServiceImplBase;
import io.weir.v1.ExportEntries;
import io.weir.v1.ExportHeader;
import io.weir.v1.ExportPart;
import io.weir.v1.ExportRequest;
import io.weir.v1.ExportTrailer;
import io.weir.v1.ImportResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Export and import, against a controller that gives and takes what the test says. */
final class TransferTest {
  private final Store store = new Store();
  private final List<ExportPart> whole = parts(1);
  @TempDir private Path dir;
  private Server server;

  private static final class Store extends AdminServiceImplBase {
    List<ExportPart> exported = List.of();
    final List<ExportPart> imported = new ArrayList<>();
    Optional<Status> refusal = Optional.empty();

    @Override
    public void export(ExportRequest request, StreamObserver<ExportPart> out) {
      exported.forEach(out::onNext);
      refusal.ifPresentOrElse(s -> out.onError(s.asRuntimeException()), out::onCompleted);
    }

    @Override
    public StreamObserver<ExportPart> import_(StreamObserver<ImportResponse> out) {
      return new StreamObserver<>() {
        @Override
        public void onNext(ExportPart part) {
          imported.add(part);
        }

        @Override
        public void onError(Throwable thrown) {}

        @Override
        public void onCompleted() {
          if (refusal.isPresent()) {
            out.onError(refusal.get().asRuntimeException());
            return;
          }
          out.onNext(
              ImportResponse.newBuilder().setEntries(3).setCommits(2).setRevision(9).build());
          out.onCompleted();
        }
      };
    }
  }

  @BeforeEach
  void start() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(store)
            .build()
            .start();
  }

  @AfterEach
  void stop() {
    server.shutdownNow();
  }

  private static List<ExportPart> parts(int format) {
    ExportEntries entries =
        ExportEntries.newBuilder()
            .addEntries(
                ExportEntries.Entry.newBuilder()
                    .setKey("config/head")
                    .setValue(ByteString.copyFromUtf8("1"))
                    .setRevision(5))
            .build();
    ExportFile.Checksum checksum = new ExportFile.Checksum();
    checksum.add(entries);
    return List.of(
        ExportPart.newBuilder().setHeader(ExportHeader.newBuilder().setFormat(format)).build(),
        ExportPart.newBuilder().setEntries(entries).build(),
        ExportPart.newBuilder()
            .setTrailer(ExportTrailer.newBuilder().setEntries(1).setSha256(checksum.sha256()))
            .build());
  }

  private static byte[] file(List<ExportPart> parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ExportFile.begin(bytes);
      for (ExportPart part : parts) {
        part.writeDelimitedTo(bytes);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }

  private Outcome run(byte[] in, Optional<OutputStream> bytes, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--controller", "127.0.0.1:" + server.getPort()));
    int status = Main.run(Ctl.console(in, out, err, bytes), all.toArray(String[]::new));
    return new Outcome(status, out.toString(), err.toString());
  }

  private Outcome run(String... args) {
    return run(new byte[0], Optional.empty(), args);
  }

  private String refused(byte[] content) throws IOException {
    Path file = Files.write(dir.resolve("given"), content);
    Outcome outcome = run("import", file.toString());
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(store.imported).isEmpty();
    return outcome.err().strip().replace(file.toString(), "FILE");
  }

  @Test
  void an_export_is_a_file_that_can_be_imported() throws IOException {
    store.exported = whole;
    Path file = dir.resolve("backup");
    assertThat(run("export", "-o", file.toString())).isEqualTo(new Outcome(0, "", ""));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (var files = Files.list(dir)) {
      assertThat(files).containsExactly(file);
    }

    assertThat(run("import", file.toString()))
        .isEqualTo(
            new Outcome(
                0,
                "imported 3 entries and 2 writes of the history; the store is at revision 9\n",
                ""));
    assertThat(store.imported).isEqualTo(whole);
  }

  @Test
  void both_go_through_pipes_but_never_to_a_terminal() {
    store.exported = whole;
    ByteArrayOutputStream piped = new ByteArrayOutputStream();
    assertThat(run(new byte[0], Optional.of(piped), "export").status()).isZero();
    assertThat(run(piped.toByteArray(), Optional.empty(), "import", "-").status()).isZero();
    assertThat(store.imported).isEqualTo(whole);

    assertThat(run("export"))
        .isEqualTo(
            new Outcome(
                1,
                "",
                "error: an export is no text for a terminal; give -o FILE, or redirect it\n"));
  }

  @Test
  void an_export_that_breaks_off_leaves_no_file() throws IOException {
    store.exported = whole.subList(0, 2);
    store.refusal = Optional.of(Status.UNAVAILABLE.withDescription("stopping"));
    assertThat(run("export", "-o", dir.resolve("backup").toString()).status()).isEqualTo(1);
    try (var files = Files.list(dir)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void what_is_no_whole_export_is_refused_before_anything_is_sent() throws IOException {
    byte[] right = file(whole);
    assertThat(refused(new byte[0])).isEqualTo("error: FILE is empty");
    assertThat(refused("kind: Pool\nname: a\n".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .isEqualTo("error: FILE is no export of Weir; make one with weir ctl export");
    for (int length = 14; length < right.length; length++) {
      assertThat(refused(Arrays.copyOf(right, length)))
          .isEqualTo("error: FILE is cut off; make another export");
    }
    byte[] flipped = right.clone();
    flipped[right.length - 1] ^= 1;
    assertThat(refused(flipped))
        .isEqualTo("error: FILE is damaged: its checksum is wrong; make another export");
    assertThat(refused(file(parts(2))))
        .isEqualTo("error: FILE has format 2, this weir knows 1; use the version that made it");
    assertThat(run("import", "/nowhere/backup").err())
        .isEqualTo("error: there is no file /nowhere/backup\n");
  }

  @Test
  void a_refusal_is_shown_as_it_is() throws IOException {
    store.refusal = Optional.of(Status.FAILED_PRECONDITION.withDescription("not empty"));
    Path file = Files.write(dir.resolve("backup"), file(whole));
    assertThat(run("import", file.toString())).isEqualTo(new Outcome(1, "", "error: not empty\n"));
  }
}
