package io.weir.agent.control;

import io.weir.agent.model.HeaderEdits;
import io.weir.agent.model.HeaderEdits.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The header edits of one rule for one direction. What could break the framing of a message, or
 * split one into two, is refused. Pure.
 */
final class EditsCompiler {
  private static final int MAX_EDITS = 32;
  private static final int MAX_NAME = 256;
  private static final int MAX_VALUE = 4_096;

  /** RFC 9110 section 5.6.2. */
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  private static final Pattern HOST = Pattern.compile("[!-~&&[^/]]{1,255}");

  /** Of the message's framing or of one connection: never an operator's to change. */
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

  private final Refusals refusals;
  private final Direction direction;

  EditsCompiler(Refusals refusals, Direction direction) {
    this.refusals = refusals;
    this.direction = direction;
  }

  /**
   * Meaningful only when no refusal was added.
   *
   * @param at path of the edits
   */
  HeaderEdits compile(String at, io.weir.v1.HeaderEdits edits) {
    Set<String> removed = new HashSet<>();
    count(at + ".remove", edits.getRemoveCount());
    for (int i = 0; i < edits.getRemoveCount(); i++) {
      String name = edits.getRemove(i);
      String field = at + ".remove[" + i + "]";
      name(field, name, false);
      if (!removed.add(lower(name))) {
        refusals.add(field, "\"" + name + "\" is there twice");
      }
    }
    count(at + ".set", edits.getSetCount());
    Set<String> set = new HashSet<>();
    edits
        .getSetMap()
        .keySet()
        .forEach(name -> {
          if (!set.add(lower(name))) {
            refusals.add(at + ".set[" + name + "]", "is there twice, in another case");
          } else if (removed.contains(lower(name))) {
            refusals.add(
                at + ".set[" + name + "]", "is in remove too; set alone replaces the field");
          }
        });
    count(at + ".add", edits.getAddCount());
    return new HeaderEdits(
        edits.getRemoveList(),
        fields(at + ".set", edits.getSetMap(), direction == Direction.REQUEST),
        fields(at + ".add", edits.getAddMap(), false));
  }

  private void count(String field, int count) {
    if (count > MAX_EDITS) {
      refusals.add(field, "has " + count + "; it may have at most " + MAX_EDITS);
    }
  }

  private List<Field> fields(String at, Map<String, String> declared, boolean hostToo) {
    List<Field> fields = new ArrayList<>();
    declared.forEach((name, value) -> {
      name(at + "[" + name + "]", name, hostToo);
      value(at + "[" + name + "]", name, value);
      fields.add(new Field(name, value));
    });
    return fields;
  }

  private void name(String field, String name, boolean hostToo) {
    String lower = lower(name);
    if (!TOKEN.matcher(name).matches() || name.length() > MAX_NAME) {
      refusals.add(field, "is not the name of a header field");
    } else if (OWN.contains(lower)) {
      refusals.add(field, "cannot be edited: it belongs to the connection or the framing");
    } else if (lower.equals("host") && !hostToo) {
      refusals.add(field, "Host can only be set, and only in requests");
    } else if (direction == Direction.REQUEST && isForwarding(lower)) {
      refusals.add(field, "cannot be edited: forwarding fields of requests are Weir's own");
    }
  }

  private void value(String field, String name, String value) {
    if (value.chars().anyMatch(c -> c != '\t' && Character.isISOControl(c))) {
      refusals.add(field, "has a control character in its value");
    } else if (value.getBytes(StandardCharsets.UTF_8).length > MAX_VALUE) {
      refusals.add(field, "has a value of more than " + MAX_VALUE + " bytes");
    } else if (!value.equals(value.strip())) {
      refusals.add(field, "has a value that begins or ends with a space");
    } else if (lower(name).equals("host") && !HOST.matcher(value).matches()) {
      refusals.add(field, "must be a host, or host and port");
    }
  }

  private static boolean isForwarding(String lower) {
    return lower.equals("forwarded") || lower.startsWith("x-forwarded-");
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
