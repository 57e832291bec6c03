package io.weir.cli.yaml;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import io.weir.v1.Metadata;
import io.weir.v1.Resource;
import io.weir.v1.Size;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A resource in the flat form, as maps (ordered), lists, text, numbers and booleans: what the YAML
 * and the JSON writer write. Unset fields are left out.
 */
public final class ResourceTree {
  /** How much of a resource. */
  public enum Form {
    /** What an operator wrote. */
    DECLARED,
    /** And what Weir wrote: revision, generation, times, status. */
    FULL
  }

  private ResourceTree() {}

  public static Map<String, Object> of(Resource resource, Form form) {
    Map<String, Object> tree = new LinkedHashMap<>();
    Map<String, Object> header = message(resource.getMetadata());
    Map<String, Object> status = Map.of();
    tree.put(FlatForm.KIND, ResourceReader.kindOf(resource));
    for (FieldDescriptor field : Metadata.getDescriptor().getFields()) {
      String name = field.getName();
      boolean declared = FlatForm.DECLARED_HEADER.contains(name);
      if (header.containsKey(name) && (declared || form == Form.FULL)) {
        tree.put(name, header.get(name));
      }
    }
    for (FieldDescriptor kind : FlatForm.kinds()) {
      if (resource.hasField(kind)) {
        Message body = (Message) resource.getField(kind);
        tree.putAll(part(body, "spec"));
        status = part(body, "status");
      }
    }
    if (form == Form.FULL && !status.isEmpty()) {
      tree.put("status", status);
    }
    return tree;
  }

  /** Anything else, as it is. */
  public static Map<String, Object> of(Message message) {
    return message(message);
  }

  /** Empty where a kind has none. */
  private static Map<String, Object> part(Message body, String name) {
    FieldDescriptor field = body.getDescriptorForType().findFieldByName(name);
    return field == null ? Map.of() : message((Message) body.getField(field));
  }

  private static Map<String, Object> message(Message message) {
    Map<String, Object> tree = new LinkedHashMap<>();
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (field.isRepeated()) {
        if (message.getRepeatedFieldCount(field) > 0) {
          tree.put(
              field.getName(), field.isMapField() ? map(message, field) : list(message, field));
        }
      } else if (message.hasField(field)) {
        tree.put(field.getName(), value(field, message.getField(field)));
      }
    }
    return tree;
  }

  private static List<Object> list(Message message, FieldDescriptor field) {
    List<Object> items = new ArrayList<>();
    for (int i = 0; i < message.getRepeatedFieldCount(field); i++) {
      items.add(value(field, message.getRepeatedField(field, i)));
    }
    return items;
  }

  private static Map<String, Object> map(Message message, FieldDescriptor field) {
    FieldDescriptor key = field.getMessageType().findFieldByNumber(1);
    FieldDescriptor value = field.getMessageType().findFieldByNumber(2);
    Map<String, Object> entries = new TreeMap<>();
    for (int i = 0; i < message.getRepeatedFieldCount(field); i++) {
      Message entry = (Message) message.getRepeatedField(field, i);
      entries.put(entry.getField(key).toString(), value(value, entry.getField(value)));
    }
    return entries;
  }

  private static Object value(FieldDescriptor field, Object value) {
    return switch (field.getJavaType()) {
      case STRING, BOOLEAN, FLOAT, DOUBLE -> value;
      case INT, LONG -> ((Number) value).longValue();
      case ENUM -> FlatForm.word((EnumValueDescriptor) value);
      case MESSAGE -> nested((Message) value);
      case BYTE_STRING ->
          throw new IllegalStateException(field.getFullName() + " has no YAML form");
    };
  }

  private static Object nested(Message message) {
    if (message instanceof Duration duration) {
      return Durations.format(
          java.time.Duration.ofSeconds(duration.getSeconds(), duration.getNanos()));
    }
    if (message instanceof Size size) {
      long bytes = size.getBytes();
      return Sizes.hasUnit(bytes) ? Sizes.format(bytes) : (Object) bytes;
    }
    if (message instanceof Timestamp time) {
      return Instant.ofEpochSecond(time.getSeconds(), time.getNanos()).toString();
    }
    Map<String, Object> tree = message(message);
    if (FlatForm.isChoice(message.getDescriptorForType())
        && tree.size() == 1
        && tree.values().iterator().next() instanceof Map<?, ?> member
        && member.isEmpty()) {
      return tree.keySet().iterator().next();
    }
    return tree;
  }
}
