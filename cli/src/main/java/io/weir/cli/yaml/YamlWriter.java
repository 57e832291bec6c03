package io.weir.cli.yaml;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Writes trees as people write them: blocks at the top, and one line for what holds only scalars
 * and fits in it. Text is quoted wherever any YAML reader, old ones too, could take it for
 * something else.
 */
public final class YamlWriter {
  private static final int WIDTH = 96;

  private static final Pattern WORDS =
      Pattern.compile("[A-Za-z_/][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*");

  /** A duration or a size. */
  private static final Pattern QUANTITY =
      Pattern.compile("([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h))+|[0-9]+[KMG]iB");

  private static final Set<String> RESERVED =
      Set.of("true", "false", "null", "yes", "no", "on", "off", "y", "n");

  private final StringBuilder out = new StringBuilder();

  private YamlWriter() {}

  /** A document, without its "---", ending in a line break. */
  public static String write(Map<String, Object> tree) {
    YamlWriter writer = new YamlWriter();
    writer.fields(tree, "", true);
    return writer.out.toString();
  }

  private void fields(Map<?, ?> tree, String indent, boolean top) {
    for (Map.Entry<?, ?> entry : tree.entrySet()) {
      out.append(indent);
      field(entry, indent, top);
    }
  }

  private void field(Map.Entry<?, ?> entry, String indent, boolean top) {
    String key = scalar(entry.getKey()) + ":";
    out.append(key);
    Object value = entry.getValue();
    boolean inline = !(value instanceof Map<?, ?> map && top && !map.isEmpty());
    if (inline && fitsOneLine(value, indent.length() + key.length() + 1)) {
      out.append(' ').append(flow(value)).append('\n');
      return;
    }
    out.append('\n');
    if (value instanceof Map<?, ?> map) {
      fields(map, indent + "  ", false);
    } else {
      items((List<?>) value, indent);
    }
  }

  /** Not indented below their key, as in the files people write. */
  private void items(List<?> items, String indent) {
    for (Object item : items) {
      out.append(indent).append("- ");
      if (fitsOneLine(item, indent.length() + 2)) {
        out.append(flow(item)).append('\n');
        continue;
      }
      boolean first = true;
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) item).entrySet()) {
        out.append(first ? "" : indent + "  ");
        field(entry, indent + "  ", false);
        first = false;
      }
    }
  }

  private static boolean fitsOneLine(Object value, int column) {
    return switch (value) {
      case Map<?, ?> map ->
          map.values().stream().allMatch(YamlWriter::small) && column + flow(map).length() <= WIDTH;
      case List<?> list ->
          list.stream().noneMatch(item -> item instanceof Collection || item instanceof Map)
              && (column + flow(list).length() <= WIDTH);
      default -> true;
    };
  }

  /** A scalar, or a list of nothing but scalars. */
  private static boolean small(Object value) {
    return switch (value) {
      case Map<?, ?> map -> map.isEmpty();
      case List<?> list ->
          list.stream().noneMatch(item -> item instanceof Collection || item instanceof Map);
      default -> true;
    };
  }

  private static String flow(Object value) {
    StringBuilder text = new StringBuilder();
    switch (value) {
      case Map<?, ?> map -> {
        text.append('{');
        map.forEach((key, item) ->
            text.append(text.length() > 1 ? ", " : "")
                .append(scalar(key))
                .append(": ")
                .append(flow(item)));
        text.append('}');
      }
      case List<?> list -> {
        text.append('[');
        list.forEach(item -> text.append(text.length() > 1 ? ", " : "").append(flow(item)));
        text.append(']');
      }
      default -> text.append(scalar(value));
    }
    return text.toString();
  }

  private static String scalar(Object value) {
    if (!(value instanceof String text)) {
      return value.toString();
    }
    boolean plain =
        (WORDS.matcher(text).matches() && !RESERVED.contains(text.toLowerCase(Locale.ROOT)))
            || QUANTITY.matcher(text).matches();
    return plain && text.length() <= WIDTH ? text : JsonWriter.quote(text);
  }
}
