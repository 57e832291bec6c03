package io.weir.cli.yaml;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Writes trees as JSON, indented by four as kubectl does. */
public final class JsonWriter {
  private static final String STEP = "    ";

  private final StringBuilder out = new StringBuilder();

  private JsonWriter() {}

  /** Ends in a line break. */
  public static String write(Map<String, ?> tree) {
    JsonWriter writer = new JsonWriter();
    writer.value(tree, "");
    return writer.out.append('\n').toString();
  }

  private void value(Object value, String indent) {
    switch (value) {
      case Map<?, ?> map -> {
        out.append('{');
        String inner = indent + STEP;
        for (Iterator<? extends Map.Entry<?, ?>> i = map.entrySet().iterator(); i.hasNext(); ) {
          Map.Entry<?, ?> entry = i.next();
          out.append('\n').append(inner).append(quote(entry.getKey().toString())).append(": ");
          value(entry.getValue(), inner);
          out.append(i.hasNext() ? "," : "\n" + indent);
        }
        out.append('}');
      }
      case List<?> list -> {
        out.append('[');
        String inner = indent + STEP;
        for (Iterator<?> i = list.iterator(); i.hasNext(); ) {
          out.append('\n').append(inner);
          value(i.next(), inner);
          out.append(i.hasNext() ? "," : "\n" + indent);
        }
        out.append(']');
      }
      case String text -> out.append(quote(text));
      default -> out.append(value);
    }
  }

  /** In double quotes; what comes out is both a JSON string and a YAML double-quoted scalar. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (mustEscape(c)) {
            quoted.append("\\u%04x".formatted((int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }

  /**
   * Controls, line separators, the byte order mark and non-characters: not allowed in YAML as is.
   */
  private static boolean mustEscape(char c) {
    return c < ' '
        || (c >= 0x7f && c < 0xa0)
        || c == 0x2028
        || c == 0x2029
        || c >= 0xfff0
        || c == 0xfeff;
  }
}
