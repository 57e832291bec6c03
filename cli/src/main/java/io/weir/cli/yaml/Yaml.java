package io.weir.cli.yaml;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** A YAML tree that knows where its nodes stand. Aliases are resolved: nodes may be shared. */
sealed interface Yaml {
  Place at();

  /** For people: what this is, as in {@code the number 5}. */
  String describe();

  /** {@code plain}: not quoted, so its text decides its type. */
  record Scalar(Place at, String text, boolean plain) implements Yaml {
    private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]+");
    private static final Pattern FLOAT =
        Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");

    /** The types of YAML 1.2's core schema, without its hexadecimal and octal numbers. */
    enum Type {
      NULL,
      BOOLEAN,
      INTEGER,
      FLOAT,
      TEXT
    }

    Type type() {
      if (!plain) {
        return Type.TEXT;
      }
      return switch (text) {
        case "", "~", "null", "Null", "NULL" -> Type.NULL;
        case "true", "True", "TRUE", "false", "False", "FALSE" -> Type.BOOLEAN;
        default -> {
          if (INTEGER.matcher(text).matches()) {
            yield Type.INTEGER;
          }
          yield FLOAT.matcher(text).matches() ? Type.FLOAT : Type.TEXT;
        }
      };
    }

    @Override
    public String describe() {
      return switch (type()) {
        case NULL -> "nothing";
        case BOOLEAN -> text;
        case INTEGER, FLOAT -> "the number " + text;
        case TEXT -> "the text \"" + shortened() + "\"";
      };
    }

    private String shortened() {
      String line = text.replace("\n", "\\n");
      return line.codePointCount(0, line.length()) <= 60
          ? line
          : line.substring(0, line.offsetByCodePoints(0, 60)) + "…";
    }
  }

  record Sequence(Place at, List<Yaml> items) implements Yaml {
    @Override
    public String describe() {
      return "a list";
    }
  }

  /** Entries as written; keys may repeat. */
  record Mapping(Place at, List<Entry> entries) implements Yaml {
    Optional<Entry> find(String key) {
      return entries.stream().filter(entry -> entry.key().text().equals(key)).findFirst();
    }

    @Override
    public String describe() {
      return "a mapping";
    }
  }

  record Entry(Scalar key, Yaml value) {}

  static boolean isNull(Yaml node) {
    return node instanceof Scalar scalar && scalar.type() == Scalar.Type.NULL;
  }
}
