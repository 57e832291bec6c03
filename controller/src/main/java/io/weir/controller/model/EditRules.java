package io.weir.controller.model;

import io.weir.v1.HeaderEdits;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Header edits by themselves: nothing that could break a message's framing or split it in two. */
final class EditRules {
  private static final int MAX_EDITS = 32;
  private static final int MAX_NAME = 256;
  private static final int MAX_VALUE = 4_096;

  // RFC 9110 section 5.6.2.
  private static final Pattern TOKEN =
      Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1," + MAX_NAME + "}");
  private static final Pattern HOST = Pattern.compile("[!-~&&[^/]]{1,255}");

  private static final Set<String> OWN =
      Set.of(
          "content-length",
          "transfer-encoding",
          "connection",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "upgrade");

  /** Whose messages are edited. */
  enum Direction {
    REQUEST,
    RESPONSE
  }

  private final String at;
  private final Direction direction;
  private final Problems.On on;

  private EditRules(String at, Direction direction, Problems.On on) {
    this.at = at;
    this.direction = direction;
    this.on = on;
  }

  /** {@code at} is the path of the edits. */
  static void check(String at, HeaderEdits edits, Direction direction, Problems.On on) {
    new EditRules(at, direction, on).check(edits);
  }

  private void check(HeaderEdits edits) {
    Map<String, String> removed = new HashMap<>();
    count(".remove", edits.getRemoveCount());
    for (int i = 0; i < edits.getRemoveCount(); i++) {
      String field = ".remove[" + i + "]";
      String name = edits.getRemove(i);
      name(field, name, false);
      String other = removed.putIfAbsent(lower(name), field);
      if (other != null) {
        on.add(at + field, Syntax.quote(name) + " is also " + at + other);
      }
    }
    count(".set", edits.getSetCount());
    Set<String> set = new HashSet<>();
    new TreeMap<>(edits.getSetMap())
        .forEach((name, value) -> {
          String field = ".set[" + name + "]";
          name(field, name, direction == Direction.REQUEST);
          value(field, name, value);
          if (!set.add(lower(name))) {
            on.add(at + field, "is there twice; case makes no difference");
          } else if (removed.containsKey(lower(name))) {
            on.add(
                at + field,
                "is also %s%s; set alone replaces the field"
                    .formatted(at, removed.get(lower(name))));
          }
        });
    count(".add", edits.getAddCount());
    new TreeMap<>(edits.getAddMap())
        .forEach((name, value) -> {
          String field = ".add[" + name + "]";
          name(field, name, false);
          value(field, name, value);
        });
  }

  private void count(String field, int count) {
    if (count > MAX_EDITS) {
      on.add(at + field, "has %d; at most %d".formatted(count, MAX_EDITS));
    }
  }

  private void name(String field, String name, boolean hostToo) {
    String lower = lower(name);
    if (!TOKEN.matcher(name).matches()) {
      on.add(
          at + field,
          "%s is no header name; 1 to %d letters, digits and !#$%%&'*+-.^_`|~"
              .formatted(Syntax.quote(name), MAX_NAME));
    } else if (OWN.contains(lower)) {
      on.add(at + field, name + " cannot be edited; it belongs to the connection or the framing");
    } else if (lower.equals("host") && !hostToo) {
      on.add(at + field, "Host can only be set, and only in request_headers");
    } else if (direction == Direction.REQUEST
        && (lower.equals("forwarded") || lower.startsWith("x-forwarded-"))) {
      on.add(
          at + field, name + " cannot be edited; Weir writes it, see trusted_hops of the listener");
    }
  }

  private void value(String field, String name, String value) {
    int bytes = value.getBytes(StandardCharsets.UTF_8).length;
    if (value.chars().anyMatch(c -> c != '\t' && Character.isISOControl(c))) {
      on.add(at + field, Syntax.quote(value) + " has a control character");
    } else if (bytes > MAX_VALUE) {
      on.add(at + field, "is %d bytes long; at most %d".formatted(bytes, MAX_VALUE));
    } else if (!value.equals(value.strip())) {
      on.add(at + field, Syntax.quote(value) + " begins or ends with a space; leave that out");
    } else if (lower(name).equals("host") && !HOST.matcher(value).matches()) {
      on.add(at + field, Syntax.quote(value) + " is no host; write name or name:port");
    }
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
