package io.weir.agent.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** What looks at eight bytes at a time agrees with what looks at one. */
final class AsciiTest {
  private static final byte[] EDGES = {
    0, 1, 9, 10, 11, 13, 31, 32, 33, 126, 127, -128, -127, -118, -96, -1
  };

  @Test
  void eightBytesAtATimeFindWhatOneByteAtATimeFinds() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 200_000; round++) {
      byte[] b = new byte[random.nextInt(40)];
      for (int i = 0; i < b.length; i++) {
        b[i] = random.nextInt(8) == 0 ? EDGES[random.nextInt(EDGES.length)] : (byte) 'a';
      }
      int from = random.nextInt(b.length + 1);
      int to = from + random.nextInt(b.length - from + 1);
      int lf = -1;
      boolean value = true;
      for (int i = to - 1; i >= from; i--) {
        int c = b[i] & 0xff;
        lf = c == '\n' ? i : lf;
        value &= c == '\t' || c >= 0x20 && c != 0x7f;
      }
      assertThat(Ascii.indexOfLf(b, from, to)).as("seed %d", seed).isEqualTo(lf);
      assertThat(Ascii.isFieldValue(b, from, to)).as("seed %d", seed).isEqualTo(value);
    }
  }

  @Test
  void aTokenIsWhatRfc9110Says() {
    String tokens = "!#$%&'*+-.^_`|~";
    byte[] one = new byte[1];
    for (int c = 0; c < 256; c++) {
      one[0] = (byte) c;
      boolean token = c < 128 && (Character.isLetterOrDigit(c) || tokens.indexOf(c) >= 0);
      assertThat(Ascii.isToken(one, 0, 1)).as("%d", c).isEqualTo(token);
      assertThat(Ascii.isVisible(one, 0, 1)).as("%d", c).isEqualTo(c > 32 && c < 127);
    }
    assertThat(Ascii.isToken(one, 0, 0)).isFalse();
  }
}
