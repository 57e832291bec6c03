package io.weir.controller.scaling;

import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;

/**
 * What outlives a controller, in a few KiB. Monotonic times are of one controller only: they are
 * kept as ages, and what passed in between is told by the wall clock.
 */
final class Memory {
  private static final byte VERSION = 1;
  private static final int MOST = 8 * 1024;
  private static final long LONGEST_GAP = Duration.ofHours(1).toNanos();

  private final ByteBuffer buffer;
  private final long base;

  private Memory(ByteBuffer buffer, long base) {
    this.buffer = buffer;
    this.base = base;
  }

  static Memory writing(long now, Instant wallClock) {
    ByteBuffer buffer = ByteBuffer.allocate(MOST);
    buffer.put(VERSION).putLong(wallClock.toEpochMilli());
    return new Memory(buffer, now);
  }

  /**
   * @throws IllegalArgumentException when it is not of this version
   */
  static Memory reading(byte[] bytes, long now, Instant wallClock) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    try {
      if (buffer.get() != VERSION) {
        throw new IllegalArgumentException("of another version");
      }
      long gap = (wallClock.toEpochMilli() - buffer.getLong()) * 1_000_000;
      return new Memory(buffer, now - Math.clamp(gap, 0, LONGEST_GAP));
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException(e);
    }
  }

  Memory time(long at) {
    return integer((int) Math.clamp((base - at) / 1_000_000, Integer.MIN_VALUE, Integer.MAX_VALUE));
  }

  long time() {
    return base - integer() * 1_000_000L;
  }

  /**
   * @throws IllegalStateException when there is too much of it
   */
  Memory integer(int value) {
    try {
      buffer.putInt(value);
      return this;
    } catch (BufferOverflowException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * @throws IllegalArgumentException when there is no more
   */
  int integer() {
    try {
      return buffer.getInt();
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** How many of something follow. */
  int count() {
    int count = integer();
    if (count < 0 || count > MOST) {
      throw new IllegalArgumentException(count + " of something");
    }
    return count;
  }

  boolean hasMore() {
    return buffer.hasRemaining();
  }

  Memory number(double value) {
    return integer(Float.floatToIntBits((float) value));
  }

  double number() {
    double value = Float.intBitsToFloat(integer());
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("not a number");
    }
    return value;
  }

  byte[] bytes() {
    byte[] bytes = new byte[buffer.position()];
    buffer.get(0, bytes);
    return bytes;
  }
}
