package io.weir.cli.command;

import com.google.protobuf.Message;
import io.weir.cli.yaml.JsonWriter;
import io.weir.cli.yaml.ResourceTree;
import io.weir.cli.yaml.YamlWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** In what form an answer that is no resource is printed. */
enum Format {
  TEXT,
  JSON,
  YAML;

  /** For programs. */
  void print(WeirCtl ctl, Message message) {
    Map<String, Object> tree = ResourceTree.of(message);
    ctl.out().print(this == JSON ? JsonWriter.write(tree) : YamlWriter.write(tree));
  }

  static final class Names extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    Names() {
      super(List.of("text", "json", "yaml"));
    }
  }

  static final class Option implements ITypeConverter<Format> {
    @Override
    public Format convert(String text) {
      for (Format format : Format.values()) {
        if (format.name().toLowerCase(Locale.ROOT).equals(text)) {
          return format;
        }
      }
      throw new TypeConversionException("expected text, json or yaml, not \"" + text + "\"");
    }
  }
}
