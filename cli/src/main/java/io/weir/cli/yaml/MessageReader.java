package io.weir.cli.yaml;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import io.weir.v1.Size;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Fills messages from YAML by their descriptors; tells every problem and goes on. */
final class MessageReader {
  /** Told of each problem: where, the field's path and the reason. */
  interface Sink {
    void problem(Place at, String path, String reason);
  }

  private final Sink sink;

  MessageReader(Sink sink) {
    this.sink = sink;
  }

  /** Reads all of {@code mapping} as the fields of {@code into}. */
  void fields(Yaml.Mapping mapping, Message.Builder into, String path) {
    Descriptor type = into.getDescriptorForType();
    Set<String> seen = new HashSet<>();
    for (Yaml.Entry entry : mapping.entries()) {
      String name = entry.key().text();
      FieldDescriptor field = type.findFieldByName(name);
      if (field == null) {
        unknown(entry, path, type.getFields().stream().map(FieldDescriptor::getName).toList());
      } else if (unique(seen, entry, path)) {
        field(entry.value(), field, into, child(path, name));
      }
    }
  }

  /** Tells that there is no such field, at the top of a resource. */
  void unknown(Yaml.Entry entry, List<String> names) {
    unknown(entry, "", names);
  }

  private void unknown(Yaml.Entry entry, String path, List<String> names) {
    String name = entry.key().text();
    sink.problem(entry.key().at(), child(path, name), "unknown field" + Nearest.hint(name, names));
  }

  /** Tells when {@code entry}'s key was seen before. */
  boolean unique(Set<String> seen, Yaml.Entry entry, String path) {
    String name = entry.key().text();
    if (seen.add(name)) {
      return true;
    }
    sink.problem(entry.key().at(), child(path, name), "given twice");
    return false;
  }

  /** Reads {@code node} as the value of {@code field}; nothing leaves the field unset. */
  void field(Yaml node, FieldDescriptor field, Message.Builder into, String path) {
    boolean choice = field.getRealContainingOneof() != null;
    if (choice && into.hasOneof(field.getRealContainingOneof())) {
      String other = into.getOneofFieldDescriptor(field.getRealContainingOneof()).getName();
      sink.problem(node.at(), path, "cannot be given together with " + other);
      return;
    }
    if (Yaml.isNull(node)) {
      if (choice && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        into.setField(field, into.newBuilderForField(field).build());
      }
      return;
    }
    if (field.isMapField()) {
      map(node, field, into, path);
    } else if (field.isRepeated()) {
      list(node, field, into, path);
    } else {
      value(node, field, into, path).ifPresent(value -> into.setField(field, value));
    }
  }

  private void list(Yaml node, FieldDescriptor field, Message.Builder into, String path) {
    if (!(node instanceof Yaml.Sequence list)) {
      expected(node, path, "a list");
      return;
    }
    int index = 0;
    for (Yaml item : list.items()) {
      value(item, field, into, path + "[" + index + "]")
          .ifPresent(value -> into.addRepeatedField(field, value));
      index++;
    }
  }

  private void map(Yaml node, FieldDescriptor field, Message.Builder into, String path) {
    if (!(node instanceof Yaml.Mapping mapping)) {
      expected(node, path, "a mapping");
      return;
    }
    FieldDescriptor keyField = field.getMessageType().findFieldByNumber(1);
    FieldDescriptor valueField = field.getMessageType().findFieldByNumber(2);
    Set<String> seen = new HashSet<>();
    for (Yaml.Entry entry : mapping.entries()) {
      String key = entry.key().text();
      String entryPath = path + "[" + key + "]";
      if (!seen.add(key)) {
        sink.problem(entry.key().at(), entryPath, "given twice");
        continue;
      }
      Message.Builder pair = into.newBuilderForField(field).setField(keyField, key);
      value(entry.value(), valueField, pair, entryPath)
          .ifPresent(
              value -> into.addRepeatedField(field, pair.setField(valueField, value).build()));
    }
  }

  private Optional<?> value(Yaml node, FieldDescriptor field, Message.Builder in, String path) {
    return switch (field.getJavaType()) {
      case STRING -> text(node, path);
      case BOOLEAN ->
          scalar(node, path, Yaml.Scalar.Type.BOOLEAN, "true or false")
              .map(text -> text.equalsIgnoreCase("true"));
      case INT -> whole(node, path, Integer.MIN_VALUE, Integer.MAX_VALUE, Integer::valueOf);
      case LONG -> whole(node, path, Long.MIN_VALUE, Long.MAX_VALUE, Long::valueOf);
      case FLOAT -> number(node, path).map(Double::floatValue);
      case DOUBLE -> number(node, path);
      case ENUM -> word(node, field, path);
      case MESSAGE -> message(node, in.newBuilderForField(field), path);
      case BYTE_STRING ->
          throw new IllegalStateException(field.getFullName() + " has no YAML form");
    };
  }

  Optional<String> text(Yaml node, String path) {
    if (node instanceof Yaml.Scalar scalar && scalar.type() == Yaml.Scalar.Type.TEXT) {
      return Optional.of(scalar.text());
    }
    String quote =
        node instanceof Yaml.Scalar scalar && scalar.type() != Yaml.Scalar.Type.NULL
            ? "; put it in quotes"
            : "";
    sink.problem(node.at(), path, "expected text, not " + node.describe() + quote);
    return Optional.empty();
  }

  private <T> Optional<T> whole(
      Yaml node, String path, long min, long max, Function<String, T> parse) {
    Optional<String> text = scalar(node, path, Yaml.Scalar.Type.INTEGER, "a whole number");
    try {
      return text.map(parse);
    } catch (NumberFormatException e) {
      expected(node, path, "a whole number from %d to %d".formatted(min, max));
      return Optional.empty();
    }
  }

  private Optional<Double> number(Yaml node, String path) {
    if (node instanceof Yaml.Scalar scalar
        && (scalar.type() == Yaml.Scalar.Type.INTEGER || scalar.type() == Yaml.Scalar.Type.FLOAT)) {
      return Optional.of(Double.valueOf(scalar.text()));
    }
    expected(node, path, "a number");
    return Optional.empty();
  }

  private Optional<String> scalar(Yaml node, String path, Yaml.Scalar.Type type, String what) {
    if (node instanceof Yaml.Scalar scalar && scalar.type() == type) {
      return Optional.of(scalar.text());
    }
    expected(node, path, what);
    return Optional.empty();
  }

  private Optional<EnumValueDescriptor> word(Yaml node, FieldDescriptor field, String path) {
    List<EnumValueDescriptor> values = FlatForm.values(field.getEnumType());
    List<String> words = values.stream().map(FlatForm::word).toList();
    if (node instanceof Yaml.Scalar scalar && words.contains(scalar.text())) {
      return Optional.of(values.get(words.indexOf(scalar.text())));
    }
    choices(node, path, words);
    return Optional.empty();
  }

  private Optional<Message> message(Yaml node, Message.Builder builder, String path) {
    Descriptor type = builder.getDescriptorForType();
    if (FlatForm.isDuration(type)) {
      return duration(node, path);
    }
    if (FlatForm.isSize(type)) {
      return size(node, path);
    }
    if (node instanceof Yaml.Mapping mapping) {
      fields(mapping, builder, path);
      return Optional.of(builder.build());
    }
    if (!FlatForm.isChoice(type)) {
      expected(node, path, "a mapping");
      return Optional.empty();
    }
    if (node instanceof Yaml.Scalar scalar) {
      FieldDescriptor member = type.findFieldByName(scalar.text());
      if (member != null) {
        return Optional.of(
            builder.setField(member, builder.newBuilderForField(member).build()).build());
      }
    }
    choices(node, path, type.getFields().stream().map(FieldDescriptor::getName).toList());
    return Optional.empty();
  }

  private Optional<Message> duration(Yaml node, String path) {
    Optional<java.time.Duration> duration =
        node instanceof Yaml.Scalar scalar && scalar.type() == Yaml.Scalar.Type.TEXT
            ? Durations.parse(scalar.text())
            : Optional.empty();
    if (duration.isEmpty()) {
      expected(node, path, "a duration such as 500ms, 2s or 1m30s");
    }
    return duration.map(
        d -> Duration.newBuilder().setSeconds(d.toSeconds()).setNanos(d.toNanosPart()).build());
  }

  private Optional<Message> size(Yaml node, String path) {
    Optional<Long> bytes =
        node instanceof Yaml.Scalar scalar
            ? switch (scalar.type()) {
              case INTEGER -> Sizes.parse(scalar.text() + "B");
              case TEXT -> Sizes.parse(scalar.text());
              case FLOAT, BOOLEAN, NULL -> Optional.empty();
            }
            : Optional.empty();
    if (bytes.isEmpty()) {
      expected(node, path, "a size such as 32KiB, 10MiB or 1GiB, or a number of bytes");
    }
    return bytes.map(b -> Size.newBuilder().setBytes(b).build());
  }

  private void choices(Yaml node, String path, List<String> words) {
    String one = words.size() == 1 ? words.getFirst() : "one of " + String.join(", ", words);
    String near =
        node instanceof Yaml.Scalar scalar && words.size() > 1
            ? Nearest.to(scalar.text(), words)
                .map(word -> "; did you mean \"" + word + "\"?")
                .orElse("")
            : "";
    expected(node, path, one, near);
  }

  private void expected(Yaml node, String path, String what) {
    expected(node, path, what, "");
  }

  private void expected(Yaml node, String path, String what, String hint) {
    sink.problem(node.at(), path, "expected " + what + ", not " + node.describe() + hint);
  }

  static String child(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
