package io.weir.controller.model;

import io.weir.v1.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** Names, labels and annotations. */
final class MetadataRules {
  private static final int MAX_PAIRS = 64;
  private static final int MAX_ANNOTATION_BYTES = 4_096;

  private MetadataRules() {}

  static void check(Metadata metadata, Problems.On on) {
    name(metadata.getName(), on);
    labels("labels", metadata.getLabelsMap(), on);
    annotations(metadata.getAnnotationsMap(), on);
    if (metadata.getRevision() < 0) {
      on.add("revision", "must be the revision you expect, or 0 for any");
    }
  }

  static void name(String name, Problems.On on) {
    if (name.isEmpty()) {
      on.add("name", "is missing; " + Syntax.NAME_RULE);
    } else if (!Syntax.isName(name)) {
      on.add("name", Syntax.quote(name) + " is no name: " + Syntax.NAME_RULE);
    }
  }

  /** {@code field} holds labels or selects by them. */
  static void labels(String field, Map<String, String> labels, Problems.On on) {
    count(field, labels.size(), on);
    new TreeMap<>(labels)
        .forEach((key, value) -> {
          if (!Syntax.isLabel(key)) {
            on.add(entry(field, key), "the key must be " + Syntax.LABEL_RULE);
          } else if (!Syntax.isLabel(value)) {
            on.add(
                entry(field, key),
                "%s is no label value: %s".formatted(Syntax.quote(value), Syntax.LABEL_RULE));
          }
        });
  }

  private static void annotations(Map<String, String> annotations, Problems.On on) {
    count("annotations", annotations.size(), on);
    new TreeMap<>(annotations)
        .forEach((key, value) -> {
          if (!Syntax.isLabel(key)) {
            on.add(entry("annotations", key), "the key must be " + Syntax.LABEL_RULE);
          }
          int bytes = value.getBytes(StandardCharsets.UTF_8).length;
          if (bytes > MAX_ANNOTATION_BYTES) {
            on.add(
                entry("annotations", key),
                "is %d bytes long; at most %d".formatted(bytes, MAX_ANNOTATION_BYTES));
          }
        });
  }

  private static void count(String field, int count, Problems.On on) {
    if (count > MAX_PAIRS) {
      on.add(field, "has %d entries; at most %d".formatted(count, MAX_PAIRS));
    }
  }

  private static String entry(String field, String key) {
    String quoted = Syntax.quote(key);
    return field + "[" + quoted.substring(1, quoted.length() - 1) + "]";
  }
}
