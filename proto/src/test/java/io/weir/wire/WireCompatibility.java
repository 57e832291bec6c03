package io.weir.wire;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * What in {@code current} would break a peer, a stored value or a program built against {@code
 * golden}: one sentence for each. Additions are fine, and so is removing a field or an enum value
 * whose number and name are reserved.
 */
final class WireCompatibility {
  private final List<String> breaks = new ArrayList<>();

  private WireCompatibility() {}

  static List<String> breaks(FileDescriptorSet golden, FileDescriptorSet current) {
    var check = new WireCompatibility();
    check.each(
        "file",
        "",
        byKey(golden.getFileList(), FileDescriptorProto::getName),
        byKey(current.getFileList(), FileDescriptorProto::getName),
        check::file);
    return List.copyOf(check.breaks);
  }

  private void file(FileDescriptorProto old, FileDescriptorProto now) {
    same(old.getName(), "package", old.getPackage(), now.getPackage());
    same(
        old.getName(),
        "java_package",
        old.getOptions().getJavaPackage(),
        now.getOptions().getJavaPackage());
    String scope = old.getPackage() + ".";
    messages(scope, old.getMessageTypeList(), now.getMessageTypeList());
    enums(scope, old.getEnumTypeList(), now.getEnumTypeList());
    each(
        "service",
        scope,
        byKey(old.getServiceList(), ServiceDescriptorProto::getName),
        byKey(now.getServiceList(), ServiceDescriptorProto::getName),
        (a, b) -> service(scope + a.getName() + ".", a, b));
  }

  private void service(String scope, ServiceDescriptorProto old, ServiceDescriptorProto now) {
    each(
        "rpc",
        scope,
        byKey(old.getMethodList(), MethodDescriptorProto::getName),
        byKey(now.getMethodList(), MethodDescriptorProto::getName),
        (a, b) -> {
          String where = scope + a.getName();
          same(where, "request", a.getInputType(), b.getInputType());
          same(where, "response", a.getOutputType(), b.getOutputType());
          same(where, "request stream", a.getClientStreaming(), b.getClientStreaming());
          same(where, "response stream", a.getServerStreaming(), b.getServerStreaming());
        });
  }

  private void messages(String scope, List<DescriptorProto> old, List<DescriptorProto> now) {
    each(
        "message",
        scope,
        byKey(old, DescriptorProto::getName),
        byKey(now, DescriptorProto::getName),
        (a, b) -> message(scope + a.getName(), a, b));
  }

  private void message(String where, DescriptorProto old, DescriptorProto now) {
    same(where, "map entry", old.getOptions().getMapEntry(), now.getOptions().getMapEntry());
    Map<Integer, FieldDescriptorProto> fields =
        byKey(now.getFieldList(), FieldDescriptorProto::getNumber);
    Map<String, FieldDescriptorProto> names =
        byKey(now.getFieldList(), FieldDescriptorProto::getName);
    for (FieldDescriptorProto field : old.getFieldList()) {
      String name = where + "." + field.getName();
      FieldDescriptorProto same = fields.get(field.getNumber());
      FieldDescriptorProto moved = names.get(field.getName());
      if (same != null) {
        field(name, old, now, field, same);
      } else if (moved != null) {
        same(name, "number", field.getNumber(), moved.getNumber());
      } else if (!reserves(now, field.getNumber())
          || !now.getReservedNameList().contains(field.getName())) {
        removed("field", name, field.getNumber(), field.getName());
      }
    }
    old.getReservedRangeList()
        .forEach(range -> {
          for (int number = range.getStart(); number < range.getEnd(); number++) {
            if (!reserves(now, number)) {
              breaks.add("%s: the number %d is no longer reserved".formatted(where, number));
            }
          }
        });
    reservedNames(where, old.getReservedNameList(), now.getReservedNameList());
    messages(where + ".", old.getNestedTypeList(), now.getNestedTypeList());
    enums(where + ".", old.getEnumTypeList(), now.getEnumTypeList());
  }

  private void field(
      String where,
      DescriptorProto oldMessage,
      DescriptorProto nowMessage,
      FieldDescriptorProto old,
      FieldDescriptorProto now) {
    same(where, "name", old.getName(), now.getName());
    same(where, "json name", old.getJsonName(), now.getJsonName());
    same(where, "type", type(old), type(now));
    same(where, "label", label(old), label(now));
    same(where, "oneof", oneof(oldMessage, old), oneof(nowMessage, now));
  }

  private void enums(String scope, List<EnumDescriptorProto> old, List<EnumDescriptorProto> now) {
    each(
        "enum",
        scope,
        byKey(old, EnumDescriptorProto::getName),
        byKey(now, EnumDescriptorProto::getName),
        (a, b) -> enumeration(scope + a.getName(), a, b));
  }

  private void enumeration(String where, EnumDescriptorProto old, EnumDescriptorProto now) {
    Map<Integer, EnumValueDescriptorProto> numbers =
        byKey(now.getValueList(), EnumValueDescriptorProto::getNumber);
    Map<String, EnumValueDescriptorProto> names =
        byKey(now.getValueList(), EnumValueDescriptorProto::getName);
    for (EnumValueDescriptorProto value : old.getValueList()) {
      String name = where + "." + value.getName();
      EnumValueDescriptorProto same = numbers.get(value.getNumber());
      EnumValueDescriptorProto moved = names.get(value.getName());
      if (same != null) {
        same(name, "name", value.getName(), same.getName());
      } else if (moved != null) {
        same(name, "number", value.getNumber(), moved.getNumber());
      } else if (!reserves(now, value.getNumber())
          || !now.getReservedNameList().contains(value.getName())) {
        removed("enum value", name, value.getNumber(), value.getName());
      }
    }
    old.getReservedRangeList()
        .forEach(range -> {
          for (int number = range.getStart(); number <= range.getEnd(); number++) {
            if (!reserves(now, number)) {
              breaks.add("%s: the number %d is no longer reserved".formatted(where, number));
            }
          }
        });
    reservedNames(where, old.getReservedNameList(), now.getReservedNameList());
  }

  private void reservedNames(String where, List<String> old, List<String> now) {
    for (String name : old) {
      if (!now.contains(name)) {
        breaks.add("%s: the name %s is no longer reserved".formatted(where, name));
      }
    }
  }

  private <T> void each(
      String what,
      String scope,
      Map<String, T> old,
      Map<String, T> now,
      BiConsumer<T, T> comparison) {
    old.forEach((name, before) -> {
      T after = now.get(name);
      if (after == null) {
        breaks.add("%s%s: the %s was removed or renamed".formatted(scope, name, what));
      } else {
        comparison.accept(before, after);
      }
    });
  }

  private void removed(String what, String where, int number, String name) {
    breaks.add(
        "%s: the %s was removed without reserving it: write `reserved %d; reserved \"%s\";`"
            .formatted(where, what, number, name));
  }

  private void same(String where, String what, Object old, Object now) {
    if (!old.equals(now)) {
      breaks.add("%s: the %s changed from %s to %s".formatted(where, what, old, now));
    }
  }

  private static String type(FieldDescriptorProto field) {
    return field.hasTypeName() ? field.getTypeName() : field.getType().name();
  }

  private static String label(FieldDescriptorProto field) {
    return switch (field.getLabel()) {
      case LABEL_REPEATED -> "repeated";
      case LABEL_REQUIRED -> "required";
      case LABEL_OPTIONAL -> field.getProto3Optional() ? "optional" : "singular";
    };
  }

  /** The oneof that a field is declared in; the one that proto3's `optional` makes up is none. */
  private static String oneof(DescriptorProto message, FieldDescriptorProto field) {
    return field.hasOneofIndex() && !field.getProto3Optional()
        ? message.getOneofDecl(field.getOneofIndex()).getName()
        : "none";
  }

  private static boolean reserves(DescriptorProto message, int number) {
    return message.getReservedRangeList().stream()
        .anyMatch(range -> range.getStart() <= number && number < range.getEnd());
  }

  private static boolean reserves(EnumDescriptorProto enumeration, int number) {
    return enumeration.getReservedRangeList().stream()
        .anyMatch(range -> range.getStart() <= number && number <= range.getEnd());
  }

  private static <K, T> Map<K, T> byKey(List<T> items, Function<T, K> key) {
    var map = new LinkedHashMap<K, T>();
    items.forEach(item -> map.putIfAbsent(key.apply(item), item));
    return map;
  }
}
