package io.weir.wire;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import io.weir.v1.Admin;
import io.weir.v1.Decisions;
import io.weir.v1.Fleet;
import io.weir.v1.Found;
import io.weir.v1.GossipProto;
import io.weir.v1.Journal;
import io.weir.v1.Peer;
import io.weir.v1.Resources;
import io.weir.v1.Scaling;
import io.weir.v1.Security;
import io.weir.v1.Staging;
import java.util.Comparator;
import java.util.List;

/** The descriptors of weir.v1 as this build generates them. */
final class Wire {
  private static final List<FileDescriptor> FILES =
      List.of(
          Admin.getDescriptor(),
          Decisions.getDescriptor(),
          Fleet.getDescriptor(),
          Found.getDescriptor(),
          GossipProto.getDescriptor(),
          Journal.getDescriptor(),
          Peer.getDescriptor(),
          Resources.getDescriptor(),
          Scaling.getDescriptor(),
          Security.getDescriptor(),
          Staging.getDescriptor());

  private Wire() {}

  /** By file name; every field with its JSON name, which generated code leaves out. */
  static FileDescriptorSet current() {
    var set = FileDescriptorSet.newBuilder();
    FILES.stream()
        .sorted(Comparator.comparing(FileDescriptor::getName))
        .forEach(file -> set.addFile(withJsonNames(file)));
    return set.build();
  }

  private static FileDescriptorProto withJsonNames(FileDescriptor file) {
    var proto = file.toProto().toBuilder();
    for (Descriptor message : file.getMessageTypes()) {
      withJsonNames(message, proto.getMessageTypeBuilder(message.getIndex()));
    }
    return proto.build();
  }

  private static void withJsonNames(Descriptor message, DescriptorProto.Builder proto) {
    message
        .getFields()
        .forEach(field -> proto.getFieldBuilder(field.getIndex()).setJsonName(field.getJsonName()));
    for (Descriptor nested : message.getNestedTypes()) {
      withJsonNames(nested, proto.getNestedTypeBuilder(nested.getIndex()));
    }
  }
}
