package io.weir.agent.control;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/**
 * Finds what a newer controller declares and this agent's program has never heard of: fields and
 * enum values that are set but have no name here. To leave one out silently could drop an access
 * rule, so each is a refusal.
 */
final class UnknownParts {
  private final Refusals refusals;
  private final String version;

  UnknownParts(Refusals refusals, String version) {
    this.refusals = refusals;
    this.version = version;
  }

  void refuse(Message spec) {
    try {
      if (!isKnown(spec.getDescriptorForType(), spec.toByteString().newCodedInput())) {
        refuse(spec, "");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Goes over the bytes, as this is done with every resource of every snapshot: to ask a message
   * for all its fields has accessors made of all of them, by reflection, that stay in memory.
   *
   * @return false: something may be unknown
   */
  private static boolean isKnown(Descriptor type, CodedInputStream in) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
      if (field == null) {
        return false;
      }
      boolean known =
          switch (field.getJavaType()) {
            case MESSAGE -> field.isMapField() ? in.skipField(tag) : isKnown(field, in);
            // Several in one piece are left to who asks the message.
            case ENUM ->
                WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_VARINT
                    && field.getEnumType().findValueByNumber(in.readEnum()) != null;
            default -> in.skipField(tag);
          };
      if (!known) {
        return false;
      }
    }
    return true;
  }

  private static boolean isKnown(FieldDescriptor field, CodedInputStream in) throws IOException {
    int limit = in.pushLimit(in.readRawVarint32());
    boolean known = isKnown(field.getMessageType(), in);
    in.popLimit(limit);
    return known;
  }

  /** {@code path} of {@code spec} itself, empty for the whole. */
  private void refuse(Message spec, String path) {
    spec.getUnknownFields()
        .asMap()
        .keySet()
        .forEach(number -> refusals.add(path, unknown("field " + number + " in here")));
    for (Map.Entry<FieldDescriptor, Object> entry : spec.getAllFields().entrySet()) {
      FieldDescriptor field = entry.getKey();
      String at = path.isEmpty() ? field.getName() : path + "." + field.getName();
      if (field.isMapField()) {
        continue; // maps of strings only
      }
      if (field.isRepeated()) {
        List<?> values = (List<?>) entry.getValue();
        for (int i = 0; i < values.size(); i++) {
          visit(values.get(i), at + "[" + i + "]");
        }
      } else {
        visit(entry.getValue(), at);
      }
    }
  }

  private void visit(Object value, String at) {
    if (value instanceof Message message) {
      refuse(message, at);
    } else if (value instanceof EnumValueDescriptor symbol && symbol.getIndex() < 0) {
      refusals.add(at, unknown("value " + symbol.getNumber()));
    }
  }

  private String unknown(String what) {
    return unknown(version, what);
  }

  static String unknown(String version, String what) {
    return "this agent (version "
        + version
        + ") does not know "
        + what
        + "; upgrade the agent or leave it out";
  }
}
