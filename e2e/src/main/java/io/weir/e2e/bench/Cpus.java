package io.weir.e2e.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** The cores that this process may use, by their numbers. */
record Cpus(List<Integer> allowed) {
  private static final Pattern LIST = Pattern.compile("(?m)^Cpus_allowed_list:\\s*(\\S+)$");

  Cpus {
    allowed = List.copyOf(allowed);
  }

  static Cpus here() throws IOException {
    Matcher list = LIST.matcher(Files.readString(Path.of("/proc/self/status")));
    if (!list.find()) {
      throw new IOException("/proc/self/status does not tell the cores");
    }
    return parse(list.group(1));
  }

  /** A list as the kernel writes it: {@code 0-3,8}. */
  static Cpus parse(String list) {
    return new Cpus(
        Pattern.compile(",")
            .splitAsStream(list)
            .flatMapToInt(range -> {
              int dash = range.indexOf('-');
              int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
              return IntStream.rangeClosed(first, Integer.parseInt(range.substring(dash + 1)));
            })
            .boxed()
            .toList());
  }
}
