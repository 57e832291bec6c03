package io.weir.cli.command;

import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.ExportFile;
import io.weir.cli.admin.Failures;
import io.weir.v1.ExportPart;
import io.weir.v1.ImportResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Puts everything into a store. */
@Command(
    name = "import",
    sortOptions = false,
    description = {
      "Puts what export wrote into a store without configuration, history and all.",
      "",
      "Nothing of it is in effect before all of it is there; then the controllers begin anew with",
      "it. What broke off is replaced by importing again."
    })
public final class ImportCommand implements Callable<Integer> {
  private final WeirCtl ctl;

  @Parameters(paramLabel = "FILE|-", description = "What export wrote; - for stdin.")
  private String file = "";

  public ImportCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    List<ExportPart> parts = read();
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      BlockingClientCall<ExportPart, ImportResponse> call = connection.streams().import_();
      boolean taken = true;
      for (ExportPart part : parts) {
        taken = taken && call.write(part);
      }
      call.halfClose();
      ImportResponse done = call.read();
      if (done == null) {
        throw CtlException.error("the controller at " + ctl.controller() + " gave no answer");
      }
      ctl.out()
          .println(
              "imported %d entries and %d writes of the history; the store is at revision %d"
                  .formatted(done.getEntries(), done.getCommits(), done.getRevision()));
    } catch (StatusException e) {
      throw Failures.explain(e, ctl.controller(), ctl.timeout());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CtlException.told();
    }
    return 0;
  }

  private List<ExportPart> read() {
    if (file.equals("-")) {
      try {
        return ExportFile.read(ctl.console().in(), "standard input");
      } catch (IOException e) {
        throw CtlException.error("standard input cannot be read: " + e.getMessage());
      }
    }
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      return ExportFile.read(in, file);
    } catch (NoSuchFileException e) {
      throw CtlException.error("there is no file " + file);
    } catch (AccessDeniedException e) {
      throw CtlException.error("this user may not read " + file);
    } catch (IOException e) {
      throw CtlException.error(file + " cannot be read: " + e.getMessage());
    }
  }
}
