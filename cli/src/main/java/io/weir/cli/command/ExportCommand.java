package io.weir.cli.command;

import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.ExportFile;
import io.weir.cli.admin.Failures;
import io.weir.v1.ExportPart;
import io.weir.v1.ExportRequest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Takes everything out of a store. */
@Command(
    name = "export",
    sortOptions = false,
    description = {
      "Writes all that the controllers keep into a file, for a backup or another store:",
      "configuration with its history, agents, decisions, and the key of the agents' ring.",
      "The file holds secrets."
    })
public final class ExportCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where to (default: standard output, unless that is a terminal).")
  private @Nullable Path output;

  public ExportCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    Path file = output;
    try {
      if (file != null) {
        toFile(file);
      } else {
        write(
            ctl.console()
                .bytes()
                .get()
                .orElseThrow(() ->
                    CtlException.error(
                        "an export is no text for a terminal; give -o FILE, or redirect it")));
      }
    } catch (NoSuchFileException e) {
      throw CtlException.error("there is no folder for %s".formatted(file));
    } catch (IOException e) {
      throw CtlException.error("the export cannot be written: " + e.getMessage());
    }
    return 0;
  }

  /** Whole or not at all, and for nobody else's eyes. */
  private void toFile(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw CtlException.error(file + " is no file");
    }
    Path whole =
        Files.createTempFile(
            folder,
            "." + file.getFileName(),
            ".part",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      try (OutputStream out = Files.newOutputStream(whole)) {
        write(out);
      }
      Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(whole);
    }
  }

  private void write(OutputStream to) throws IOException {
    OutputStream out = new BufferedOutputStream(to);
    boolean begun = false;
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      BlockingClientCall<?, ExportPart> call =
          connection.streams().export(ExportRequest.getDefaultInstance());
      for (ExportPart part = call.read(); part != null; part = call.read()) {
        if (!begun) {
          ExportFile.begin(out);
          begun = true;
        }
        part.writeDelimitedTo(out);
      }
    } catch (StatusException e) {
      throw Failures.explain(e, ctl.controller(), ctl.timeout());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CtlException.told();
    }
    out.flush();
  }
}
