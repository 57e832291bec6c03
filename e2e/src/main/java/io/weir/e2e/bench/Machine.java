package io.weir.e2e.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The shape of a machine, as far as it matters to whoever compares.
 *
 * @param memory in GiB
 * @param kernel version without what a distribution or a cloud adds to it
 */
record Machine(int cores, String processor, long memory, String system, String kernel, String jdk) {
  private static final Pattern MEMORY = Pattern.compile("(?m)^MemTotal:\\s+(\\d+) kB$");
  private static final Pattern PROCESSOR = Pattern.compile("(?m)^model name\\s*:\\s*(.+)$");
  private static final Pattern CORE = Pattern.compile("(?m)^processor\\s*:");
  private static final Pattern SYSTEM = Pattern.compile("(?m)^PRETTY_NAME=\"?([^\"\\n]+)\"?$");
  private static final Pattern NUMBERS = Pattern.compile("^([\\d.]*\\d)");
  private static final double KIB_PER_GIB = 1 << 20;

  /** The one this runs on. */
  static Machine here() {
    String kib = first(MEMORY, "/proc/meminfo", "0");
    return new Machine(
        count(CORE, "/proc/cpuinfo"),
        first(PROCESSOR, "/proc/cpuinfo", System.getProperty("os.arch")),
        Math.round(Long.parseLong(kib) / KIB_PER_GIB),
        first(SYSTEM, "/etc/os-release", System.getProperty("os.name")),
        numbers(System.getProperty("os.version")),
        System.getProperty("java.vendor.version", System.getProperty("java.version")));
  }

  @Override
  public String toString() {
    return "%d cores (%s), %d GiB, %s, Linux %s, JDK %s"
        .formatted(cores, processor.strip(), memory, system, kernel, jdk.strip());
  }

  private static String first(Pattern pattern, String file, String otherwise) {
    try {
      Matcher matcher = pattern.matcher(Files.readString(Path.of(file)));
      return matcher.find() ? matcher.group(1) : otherwise;
    } catch (IOException e) {
      return otherwise;
    }
  }

  /** Not those that this JVM may use. */
  private static int count(Pattern pattern, String file) {
    try {
      return (int) pattern.matcher(Files.readString(Path.of(file))).results().count();
    } catch (IOException e) {
      return Runtime.getRuntime().availableProcessors();
    }
  }

  private static String numbers(String version) {
    Matcher matcher = NUMBERS.matcher(version);
    return matcher.find() ? matcher.group(1) : version;
  }
}
