package io.weir.cli.yaml;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import io.weir.v1.Metadata;
import io.weir.v1.Resource;
import io.weir.v1.Size;
import java.util.List;
import java.util.random.RandomGenerator;

/** Any resource an operator could declare, and many that no controller would take. */
final class RandomResources {
  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "a",
          "true",
          "No",
          "~",
          "null",
          "12",
          "1e3",
          "0x1f",
          "10.10.10.2:80",
          "*.example.com",
          "/path: #x",
          "- a",
          "\"q\" 'q' \\",
          "two\nlines\n",
          "tab\tnul\0bell\u0007del\u007fnel\u0085",
          "\u2028\ufeff\ufffe",
          "käse 😀",
          "{a}",
          "500ms",
          "2026-01-01",
          "<<",
          "y");

  private final RandomGenerator random;

  RandomResources(RandomGenerator random) {
    this.random = random;
  }

  Resource next() {
    List<FieldDescriptor> kinds =
        FlatForm.kinds().stream()
            .filter(kind -> FlatForm.appliedKinds().contains(kind.getMessageType().getName()))
            .toList();
    FieldDescriptor kind = kinds.get(random.nextInt(kinds.size()));
    Metadata.Builder metadata = Metadata.newBuilder().setName("r" + random.nextInt(1000));
    if (random.nextBoolean()) {
      metadata.putLabels(text(), text()).putAnnotations(text(), text());
    }
    metadata.setRevision(random.nextBoolean() ? 0 : random.nextLong(1L << 53));
    Resource.Builder resource = Resource.newBuilder().setMetadata(metadata);
    Message.Builder body = resource.newBuilderForField(kind);
    FieldDescriptor spec = kind.getMessageType().findFieldByName("spec");
    body.setField(spec, message(body.newBuilderForField(spec)));
    return resource.setField(kind, body.build()).build();
  }

  private Message message(Message.Builder builder) {
    if (FlatForm.isDuration(builder.getDescriptorForType())) {
      return Duration.newBuilder()
          .setSeconds(random.nextBoolean() ? 0 : random.nextLong(1L << random.nextInt(1, 36)))
          .setNanos(random.nextBoolean() ? 0 : random.nextInt(1_000_000_000))
          .build();
    }
    if (FlatForm.isSize(builder.getDescriptorForType())) {
      return Size.newBuilder()
          .setBytes(
              (random.nextLong() >>> random.nextInt(1, 64)) << random.nextInt(2) * 10
                  & Long.MAX_VALUE)
          .build();
    }
    for (FieldDescriptor field : builder.getDescriptorForType().getFields()) {
      if (random.nextInt(4) == 0) {
        continue;
      }
      if (field.isMapField()) {
        Message.Builder entry = builder.newBuilderForField(field);
        entry.setField(entry.getDescriptorForType().findFieldByNumber(1), text());
        entry.setField(entry.getDescriptorForType().findFieldByNumber(2), text());
        builder.addRepeatedField(field, entry.build());
      } else if (field.isRepeated()) {
        for (int i = random.nextInt(4); i > 0; i--) {
          builder.addRepeatedField(field, value(field, builder));
        }
      } else {
        builder.setField(field, value(field, builder));
      }
    }
    return builder.build();
  }

  private Object value(FieldDescriptor field, Message.Builder in) {
    return switch (field.getJavaType()) {
      case STRING -> text();
      case BOOLEAN -> random.nextBoolean();
      case INT -> random.nextInt() >> random.nextInt(32);
      case LONG -> random.nextLong() >> random.nextInt(64);
      case FLOAT -> random.nextFloat();
      case DOUBLE -> random.nextDouble();
      case ENUM -> {
        List<EnumValueDescriptor> values = FlatForm.values(field.getEnumType());
        yield values.get(random.nextInt(values.size()));
      }
      case MESSAGE -> message(in.newBuilderForField(field));
      case BYTE_STRING -> throw new IllegalStateException("no such field yet");
    };
  }

  private String text() {
    if (random.nextBoolean()) {
      return TEXTS.get(random.nextInt(TEXTS.size()));
    }
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      int limit = random.nextBoolean() ? 0x80 : 0x11000;
      int codePoint = random.nextInt(limit);
      text.appendCodePoint(Character.getType(codePoint) == Character.SURROGATE ? 'x' : codePoint);
    }
    return text.toString();
  }
}
