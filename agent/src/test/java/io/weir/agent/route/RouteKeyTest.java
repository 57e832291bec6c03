package io.weir.agent.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Over bytes as over strings: {@link HostName} and {@link RequestPath}. */
final class RouteKeyTest {
  private final RouteKey key = new RouteKey();

  private static String any(Random random, String of, int longest) {
    StringBuilder s = new StringBuilder();
    for (int i = random.nextInt(longest + 1); i > 0; i--) {
      s.append(of.charAt(random.nextInt(of.length())));
    }
    return s.toString();
  }

  /** What precedes and follows in the array is no part of it. */
  private boolean read(String host, String path) {
    byte[] b = ("0:/." + host + ".0:/" + path + "/.").getBytes(StandardCharsets.ISO_8859_1);
    int pathFrom = host.length() + 8;
    return key.read(b, 4, 4 + host.length(), pathFrom, pathFrom + path.length());
  }

  private static String text(byte[] b, int from, int to) {
    return new String(b, from, to - from, StandardCharsets.ISO_8859_1);
  }

  @Test
  void aHostIsReadAsHostNameReadsIt() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 100_000; round++) {
      String host = any(random, "aZ0.-_~::[]%/@.", 8);
      Optional<String> expected = HostName.of(host);
      if (host.isEmpty()) {
        expected = Optional.of(""); // a request without one
      }
      boolean good = read(host, "/");
      assertThat(good).as("seed %d: %s", seed, host).isEqualTo(expected.isPresent());
      if (good) {
        // The table folds the case.
        assertThat(text(key.host, key.hostFrom, key.hostTo).toLowerCase(Locale.ROOT))
            .as("seed %d: %s", seed, host)
            .isEqualTo(expected.get());
      }
    }
  }

  @Test
  void aPathIsReadAsRequestPathNormalisesIt() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 200_000; round++) {
      String path = (random.nextInt(20) == 0 ? "" : "/") + any(random, "//..%2eEfFa0\\-", 10);
      boolean good = read("h", path);
      Optional<String> expected = path.isEmpty() ? Optional.of("") : RequestPath.normalise(path);
      assertThat(good).as("seed %d: %s", seed, path).isEqualTo(expected.isPresent());
      if (good) {
        assertThat(text(key.path, key.pathFrom, key.pathTo))
            .as("seed %d: %s", seed, path)
            .isEqualTo(expected.get());
      }
    }
  }
}
