package io.weir.cli.yaml;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.weir.v1.Resource;
import io.weir.v1.Size;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** How messages map to the flat form. */
final class FlatForm {
  static final String KIND = "kind";

  /** Fields of Metadata that an operator writes. */
  static final List<String> DECLARED_HEADER = List.of("name", "labels", "annotations");

  /** What Weir writes; ignored when read, so that what was read can be applied again. */
  static final Set<String> OUTPUT = Set.of("generation", "created", "updated", "status");

  static final String REVISION = "revision";

  private FlatForm() {}

  /** The kinds there are: the members of Resource's oneof. */
  static List<FieldDescriptor> kinds() {
    return Resource.getDescriptor().getOneofs().getFirst().getFields();
  }

  /** Agents register themselves. */
  static List<String> appliedKinds() {
    return kinds().stream()
        .map(field -> field.getMessageType().getName())
        .filter(kind -> !kind.equals("Agent"))
        .toList();
  }

  static Optional<FieldDescriptor> kind(String name) {
    return kinds().stream()
        .filter(field -> field.getMessageType().getName().equals(name))
        .findFirst();
  }

  static boolean isDuration(Descriptor type) {
    return type.getFullName().equals("google.protobuf.Duration");
  }

  static boolean isSize(Descriptor type) {
    return type.equals(Size.getDescriptor());
  }

  static boolean isTimestamp(Descriptor type) {
    return type.getFullName().equals("google.protobuf.Timestamp");
  }

  /** A message that is one oneof of messages may be written as its member's name. */
  static boolean isChoice(Descriptor type) {
    return type.getRealOneofs().size() == 1
        && type.getFields().stream()
            .allMatch(field ->
                field.getRealContainingOneof() != null
                    && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE);
  }

  /** PROTOCOL_HTTP of Protocol is "http". */
  static String word(EnumValueDescriptor value) {
    String prefix =
        value.getType().getName().replaceAll("([a-z0-9])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT)
            + "_";
    String name = value.getName();
    return (name.startsWith(prefix) ? name.substring(prefix.length()) : name)
        .toLowerCase(Locale.ROOT);
  }

  /** All but the unspecified one. */
  static List<EnumValueDescriptor> values(EnumDescriptor type) {
    return type.getValues().stream().filter(value -> value.getNumber() != 0).toList();
  }
}
