package io.weir.agent.l4;

import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.ServerChannelRecvByteBufAllocator;

/** How many connections a listening socket takes in one turn of its event loop. */
public final class Accepts {
  /**
   * So many cost about a millisecond. A turn under load takes several: with one connection in each,
   * which is what Netty's epoll transport does by itself, hundreds of clients that come at once
   * wait for hundreds of milliseconds.
   */
  private static final int PER_TURN = 32;

  private Accepts() {}

  /**
   * For {@code ChannelOption.RECVBUF_ALLOCATOR} of a listening socket; not to be shared. It goes on
   * until there are none: that there may be more is what the epoll transport takes from the number
   * of bytes of a read, which is the descriptor here.
   */
  public static RecvByteBufAllocator batch() {
    return new ServerChannelRecvByteBufAllocator()
        .respectMaybeMoreData(false)
        .maxMessagesPerRead(PER_TURN);
  }
}
