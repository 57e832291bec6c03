package io.weir.e2e.bench;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a contender is to do.
 *
 * @param folder of its own, for configuration and logs; exists
 * @param listen port of loopback to accept on
 * @param origins ports of loopback to balance over, three
 * @param accessLog whether to write one
 */
record Assignment(
    Path folder, int listen, List<Integer> origins, Layout layout, boolean accessLog) {
  Assignment {
    origins = List.copyOf(origins);
    if (origins.size() != 3) {
      throw new IllegalArgumentException("three origins, not " + origins);
    }
  }

  /**
   * For templates.
   *
   * @param seen the folder as the contender's process names it
   */
  Map<String, String> values(Path seen) {
    var values = new LinkedHashMap<String, String>();
    values.put("dir", seen.toString());
    values.put("listen", Integer.toString(listen));
    values.put("threads", Integer.toString(layout.cores()));
    for (int i = 0; i < origins.size(); i++) {
      values.put("origin" + (i + 1), Integer.toString(origins.get(i)));
    }
    return values;
  }

  Set<String> tags() {
    String log = accessLog ? "log=on" : "log=off";
    return System.getProperty("user.name", "").equals("root") ? Set.of("root", log) : Set.of(log);
  }

  Assignment in(Path other) {
    return new Assignment(other, listen, origins, layout, accessLog);
  }
}
