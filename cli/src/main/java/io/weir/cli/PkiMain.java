package io.weir.cli;

import io.weir.cli.pki.PkiCommands;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;

/** {@code weir pki}. */
public final class PkiMain {
  private PkiMain() {}

  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int status = PkiCommands.line(out, err, InstantSource.system()).execute(args);
    System.exit(status);
  }
}
