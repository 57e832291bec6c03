package io.weir.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.TextFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * weir.v1 against the golden descriptor. What is added has to be recorded there, so that its later
 * removal is noticed; {@link #RECORD} does that and refuses what is not compatible.
 */
final class GoldenWireTest {
  static final String RECORD =
      "./mvnw -q test -pl proto -Dtest=GoldenWireTest -Dweir.golden=record";

  private static final Path GOLDEN =
      Path.of("src/test/resources/io/weir/wire/weir.v1.descriptor.txtpb");

  @Test
  void nothing_breaks_a_peer_of_another_version() throws IOException {
    assertThat(WireCompatibility.breaks(golden(), Wire.current()))
        .as(
            "weir.v1 is promised to stay compatible; instead of changing or removing, add a field"
                + " with a number of its own and reserve what goes")
        .isEmpty();
  }

  @Test
  void what_was_added_is_recorded() throws IOException {
    FileDescriptorSet golden = golden();
    FileDescriptorSet current = Wire.current();
    if ("record".equals(System.getProperty("weir.golden"))
        && WireCompatibility.breaks(golden, current).isEmpty()) {
      Files.createDirectories(GOLDEN.getParent());
      Files.writeString(GOLDEN, TextFormat.printer().printToString(current));
    }
    assertThat(golden().equals(current))
        .as("the golden descriptor lacks what was added to weir.v1; record it with: %s", RECORD)
        .isTrue();
  }

  @Test
  void every_proto_file_is_guarded() throws IOException {
    try (var files = Files.list(Path.of("src/main/protobuf/weir/v1"))) {
      assertThat(files.map(file -> "weir/v1/" + file.getFileName()))
          .containsExactlyInAnyOrderElementsOf(
              Wire.current().getFileList().stream().map(FileDescriptorProto::getName).toList());
    }
  }

  private static FileDescriptorSet golden() throws IOException {
    return Files.exists(GOLDEN)
        ? TextFormat.parse(Files.readString(GOLDEN), FileDescriptorSet.class)
        : FileDescriptorSet.getDefaultInstance();
  }
}
