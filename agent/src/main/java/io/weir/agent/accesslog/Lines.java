package io.weir.agent.accesslog;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Bytes to be written, put together without garbage. Not thread-safe. */
final class Lines {
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'
  };

  private byte[] bytes = new byte[1 << 16];
  private int length;

  int length() {
    return length;
  }

  void clear() {
    length = 0;
  }

  ByteBuffer toWrite() {
    return ByteBuffer.wrap(bytes, 0, length);
  }

  private void room(int more) {
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
    }
  }

  Lines add(char c) {
    room(1);
    bytes[length++] = (byte) c;
    return this;
  }

  /** ASCII. */
  Lines add(String s) {
    int n = s.length();
    room(n);
    for (int i = 0; i < n; i++) {
      bytes[length + i] = (byte) s.charAt(i);
    }
    length += n;
    return this;
  }

  Lines add(byte[] b, int from, int to) {
    room(to - from);
    System.arraycopy(b, from, bytes, length, to - from);
    length += to - from;
    return this;
  }

  /** Not negative. */
  Lines add(long number) {
    room(20);
    int digits = 1;
    for (long n = number; n >= 10; n /= 10) {
      digits++;
    }
    long rest = number;
    for (int i = length + digits - 1; i >= length; i--) {
      bytes[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += digits;
    return this;
  }

  /** With three decimals. */
  Lines decimal(long nanos, long unit) {
    long thousandths = Math.max(0, nanos) / (unit / 1000);
    add(thousandths / 1000).add('.');
    int rest = (int) (thousandths % 1000);
    return add((char) ('0' + rest / 100))
        .add((char) ('0' + rest / 10 % 10))
        .add((char) ('0' + rest % 10));
  }

  Lines hex(int b) {
    room(2);
    bytes[length++] = HEX[b >> 4 & 15];
    bytes[length++] = HEX[b & 15];
    return this;
  }
}
