package io.weir.e2e.demo;

import io.weir.e2e.load.Load;
import java.io.PrintStream;
import java.util.Map;

/** One line after the other, for files and pipes. */
final class PlainDisplay implements Display {
  private final PrintStream out;

  PlainDisplay(PrintStream out) {
    this.out = out;
  }

  @Override
  public void say(String line) {
    out.println(line);
    out.flush();
  }

  @Override
  public void load(Load load) {
    // The line after each phase says how it split.
  }

  @Override
  public void phase(String title, Map<String, Double> declared) {
    say(title + " ...");
  }

  @Override
  public void close() {
    out.flush();
  }
}
