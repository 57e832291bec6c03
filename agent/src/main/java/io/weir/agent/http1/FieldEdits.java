package io.weir.agent.http1;

import io.weir.agent.model.HeaderEdits;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a rule changes in the header fields of the messages it forwards, ready to be applied to
 * bytes. Immutable.
 */
public final class FieldEdits {
  public static final FieldEdits NONE = new FieldEdits(HeaderEdits.EMPTY);

  /** In lower case. */
  private final byte[][] dropped;

  private final byte[] added;
  private final byte @Nullable [] host;

  private FieldEdits(HeaderEdits edits) {
    List<byte[]> names = new ArrayList<>();
    StringBuilder lines = new StringBuilder();
    byte[] authority = null;
    for (HeaderEdits.Field field : edits.set()) {
      if (field.name().equalsIgnoreCase("host")) {
        authority = field.value().getBytes(StandardCharsets.UTF_8);
      } else {
        names.add(lower(field.name()));
        lines.append(line(field));
      }
    }
    edits.add().forEach(field -> lines.append(line(field)));
    edits.remove().forEach(name -> names.add(lower(name)));
    dropped = names.toArray(byte[][]::new);
    added = lines.toString().getBytes(StandardCharsets.UTF_8);
    host = authority;
  }

  /** Setting Host replaces the authority that the endpoint is told. */
  public static FieldEdits of(HeaderEdits edits) {
    return edits.equals(HeaderEdits.EMPTY) ? NONE : new FieldEdits(edits);
  }

  private static byte[] lower(String name) {
    return name.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
  }

  private static String line(HeaderEdits.Field field) {
    return field.name() + ": " + field.value() + "\r\n";
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
