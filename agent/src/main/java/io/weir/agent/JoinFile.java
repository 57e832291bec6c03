package io.weir.agent;

import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.v1.JoinToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;

/** What {@code weir ctl join-token} printed. */
final class JoinFile {
  private static final int MOST_BYTES = 1 << 16;

  private JoinFile() {}

  /**
   * @throws IOException saying what is wrong with it, as the end of a sentence
   */
  static JoinToken read(Path file, String cluster) throws IOException {
    byte[] bytes;
    try (var in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MOST_BYTES + 1);
    } catch (NoSuchFileException e) {
      throw new IOException("there is no such file", e);
    }
    try {
      String text = new String(bytes, StandardCharsets.US_ASCII).strip();
      JoinToken token =
          bytes.length > MOST_BYTES
              ? JoinToken.getDefaultInstance()
              : JoinToken.parseFrom(Base64.getDecoder().decode(text));
      if (token.getGossip().getKeysCount() == 0 || token.getGossip().getSigner().isEmpty()) {
        throw new IOException("it is not a token of weir ctl join-token");
      }
      if (!token.getCluster().equals(cluster)) {
        throw new IOException(
            "it is for cluster \"%s\", not for \"%s\"".formatted(token.getCluster(), cluster));
      }
      return token;
    } catch (IllegalArgumentException | InvalidProtocolBufferException e) {
      throw new IOException("it is not a token of weir ctl join-token", e);
    }
  }
}
