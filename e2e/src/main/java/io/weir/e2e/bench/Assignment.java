package io.weir.e2e.bench;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a contender is to do.
 *
 * @param folder of its own, for configuration and logs; exists
 * @param listen port of loopback to accept on
 * @param origins ports of loopback to balance over
 * @param settings the same for all contenders
 */
record Assignment(
    Path folder, int listen, List<Integer> origins, Layout layout, Settings settings) {
  Assignment {
    origins = List.copyOf(origins);
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
    var tags = new LinkedHashSet<String>();
    tags.add(settings.accessLog() ? "log=on" : "log=off");
    if (settings.largeBuffers()) {
      tags.add("buffers=large");
    }
    if (System.getProperty("user.name", "").equals("root")) {
      tags.add("root");
    }
    return tags;
  }
}
