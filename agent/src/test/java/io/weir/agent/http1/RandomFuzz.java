package io.weir.agent.http1;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * {@code weir fuzz --plain}: random streams through {@link FramingDifferential} for as long as
 * wanted. What the two readers disagree on is made smaller, and kept as a file.
 */
public final class RandomFuzz {
  private final FramingDifferential differential = new FramingDifferential();
  private final PrintStream out;
  private final Path keep;
  private int disagreements;

  private RandomFuzz(PrintStream out, Path keep) {
    this.out = out;
    this.keep = keep;
  }

  /** RUNS SECONDS SEED FOLDER: stops at what comes first; exits with 1 after a disagreement. */
  public static void main(String[] args) throws Exception {
    RandomFuzz fuzz = new RandomFuzz(System.out, Path.of(args[3]));
    long seconds = Long.parseLong(args[1]);
    fuzz.run(Long.parseLong(args[0]), Duration.ofSeconds(seconds), Long.parseLong(args[2]));
    System.exit(fuzz.disagreements == 0 ? 0 : 1);
  }

  private void run(long runs, Duration most, long seed) throws Exception {
    out.printf("seed %d%n", seed);
    RandomStreams streams = new RandomStreams(seed);
    long began = System.nanoTime();
    long deadline = began + most.toNanos();
    long next = began;
    long done = 0;
    while (done < runs && disagreements < 10 && System.nanoTime() < deadline) {
      byte[] stream = streams.next();
      if (!agree(stream)) {
        disagreements++;
        report(shrink(stream));
      }
      done++;
      if (System.nanoTime() > next) {
        report(done, began);
        next = System.nanoTime() + Duration.ofSeconds(10).toNanos();
      }
    }
    report(done, began);
  }

  private void report(long done, long began) {
    double seconds = (System.nanoTime() - began) / 1e9;
    out.printf(
        "%,d streams in %.0f s, %,d messages accepted by both readers, %d disagreements%n",
        done, seconds, differential.accepted(), disagreements);
  }

  private void report(byte[] stream) throws IOException {
    try {
      differential.check(stream);
    } catch (Exception | AssertionError e) {
      out.println(e);
    }
    String name = "random-" + HexFormat.of().toHexDigits(Arrays.hashCode(stream)) + ".http";
    out.printf("kept as %s: \"%s\"%n", name, Reading.escaped(stream));
    Files.createDirectories(keep);
    Files.write(keep.resolve(name), stream);
  }

  private boolean agree(byte[] stream) {
    try {
      differential.check(stream);
      return true;
    } catch (Exception | AssertionError e) {
      return false;
    }
  }

  /** Takes pieces away for as long as the readers still disagree. */
  private byte[] shrink(byte[] stream) {
    byte[] small = stream;
    for (int size = small.length / 2; size > 0; size /= 2) {
      for (int at = 0; at + size <= small.length; ) {
        byte[] less = new byte[small.length - size];
        System.arraycopy(small, 0, less, 0, at);
        System.arraycopy(small, at + size, less, at, less.length - at);
        if (agree(less)) {
          at += size;
        } else {
          small = less;
        }
      }
    }
    return small;
  }
}
