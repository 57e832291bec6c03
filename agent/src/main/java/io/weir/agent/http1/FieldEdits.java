package io.weir.agent.http1;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a rule changes in the header fields of the messages it forwards, ready to be applied to
 * bytes. Immutable.
 */
public final class FieldEdits {
  public static final FieldEdits NONE = new FieldEdits(List.of(), List.of(), List.of());

  /** In lower case. */
  private final byte[][] dropped;

  private final byte[] added;
  private final byte @Nullable [] host;

  /**
   * @param set name and value; replaces every field of that name. Host: replaces the authority
   * @param add name and value; beside what is there
   * @param remove names
   */
  public FieldEdits(
      List<Map.Entry<String, String>> set,
      List<Map.Entry<String, String>> add,
      List<String> remove) {
    List<byte[]> names = new ArrayList<>();
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    byte[] authority = null;
    for (Map.Entry<String, String> field : set) {
      if (field.getKey().equalsIgnoreCase("host")) {
        authority = latin(field.getValue());
      } else {
        names.add(latin(field.getKey().toLowerCase(Locale.ROOT)));
        lines.writeBytes(line(field));
      }
    }
    add.forEach(field -> lines.writeBytes(line(field)));
    remove.forEach(name -> names.add(latin(name.toLowerCase(Locale.ROOT))));
    dropped = names.toArray(byte[][]::new);
    added = lines.toByteArray();
    host = authority;
  }

  private static byte[] line(Map.Entry<String, String> field) {
    return latin(field.getKey() + ": " + field.getValue() + "\r\n");
  }

  private static byte[] latin(String s) {
    return s.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Whether the field whose name is the {@code length} bytes at {@code from} goes. */
  boolean drops(byte[] b, int from, int length) {
    for (byte[] name : dropped) {
      if (name.length == length && sameName(name, b, from)) {
        return true;
      }
    }
    return false;
  }

  private static boolean sameName(byte[] lower, byte[] b, int from) {
    for (int i = 0; i < lower.length; i++) {
      if (Ascii.lower(b[from + i]) != lower[i]) {
        return false;
      }
    }
    return true;
  }

  /** Whole lines. */
  byte[] added() {
    return added;
  }

  /** The authority to name to the endpoint, or null: the client's. */
  byte @Nullable [] host() {
    return host;
  }
}
