package io.weir.e2e.bench;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What wrk counted in one run, as {@code load.lua} prints it.
 *
 * @param requests answered in full, whatever their status
 * @param bytes received, heads and bodies
 * @param micros the run lasted
 * @param statusErrors answers with a status of 400 and above
 * @param socketErrors connections that could not be made, read or written, or timed out
 * @param p50 median latency in microseconds
 */
record WrkResult(
    long requests,
    long bytes,
    long micros,
    long statusErrors,
    long socketErrors,
    double p50,
    double p99,
    double p999) {
  private static final Pattern LINE = Pattern.compile("(?m)^weir-bench (.*)$");

  /**
   * Finds the line in all that wrk printed.
   *
   * @throws IllegalArgumentException with what wrk said, when the line is not there
   */
  static WrkResult parse(String output) {
    Matcher line = LINE.matcher(output);
    if (!line.find()) {
      throw new IllegalArgumentException("wrk measured nothing: " + output.strip());
    }
    String fields = line.group(1);
    return new WrkResult(
        (long) field(fields, "requests"),
        (long) field(fields, "bytes"),
        (long) field(fields, "duration_us"),
        (long) field(fields, "status"),
        (long)
            (field(fields, "connect")
                + field(fields, "read")
                + field(fields, "write")
                + field(fields, "timeout")),
        field(fields, "p50_us"),
        field(fields, "p99_us"),
        field(fields, "p999_us"));
  }

  private static double field(String fields, String name) {
    Matcher matcher = Pattern.compile("(?<!\\S)" + name + "=(\\d+)(?!\\S)").matcher(fields);
    if (!matcher.find()) {
      throw new IllegalArgumentException("wrk's result lacks " + name + ": " + fields);
    }
    return Double.parseDouble(matcher.group(1));
  }
}
