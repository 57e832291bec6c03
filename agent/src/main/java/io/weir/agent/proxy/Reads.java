package io.weir.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import java.util.function.LongSupplier;

/**
 * How much is read from a connection at once. Like Netty's adaptive sizes and one read per event,
 * but where it is known that a body ends soon, its end is read in the same turn. That end often
 * comes while the large read before it is still under way, as what that read took makes room for
 * it; passed on together they are one write, one event and one read of the other side less.
 */
@SuppressWarnings("deprecation") // of Netty's interface; what replaces it is not public yet
final class Reads implements RecvByteBufAllocator {
  /** Most heads fit with what is added to them; bodies are read in larger pieces. */
  private static final int SMALLEST = 2048;

  private static final int LARGEST = 64 << 10;

  /** What comes behind the end has to be seen with it, or it would be taken for what follows. */
  private static final int BEHIND = 512;

  /** A peer that sends less at a time would have to be asked in vain too often. */
  private static final int LARGE = 16 << 10;

  private static final AdaptiveRecvByteBufAllocator SIZES =
      new AdaptiveRecvByteBufAllocator(SMALLEST, SMALLEST, LARGEST);

  private final LongSupplier missing;

  /**
   * @param missing bytes of the body under way that are still to come; 0: nobody knows
   */
  Reads(LongSupplier missing) {
    this.missing = missing;
  }

  @Override
  public Handle newHandle() {
    return new Knowing((ExtendedHandle) SIZES.newHandle());
  }

  private final class Knowing extends DelegatingHandle implements ExtendedHandle {
    Knowing(ExtendedHandle sizes) {
      super(sizes);
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      long known = missing.getAsLong();
      return known > 0
          ? allocator.ioBuffer((int) Math.min(known, LARGEST) + BEHIND)
          : super.allocate(allocator);
    }

    @Override
    public boolean continueReading() {
      long known = missing.getAsLong();
      return known > 0 && known <= LARGEST && lastBytesRead() >= LARGE;
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
      return continueReading();
    }
  }
}
