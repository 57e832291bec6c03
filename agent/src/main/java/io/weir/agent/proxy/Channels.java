package io.weir.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/** Operations whose failure shows as the end of the channel, so that no one awaits them. */
final class Channels {
  private Channels() {}

  /** Flushed at the end of the read cycle. Without a promise per write. */
  static void write(Channel channel, ByteBuf bytes) {
    var _ = channel.write(bytes, channel.voidPromise());
  }

  /** Reads on, or pauses. */
  static void reading(Channel channel, boolean on) {
    if (channel.config().isAutoRead() != on) {
      if (!on) {
        EpollRegistration.keep(channel);
      }
      channel.config().setAutoRead(on);
      if (on) {
        EpollRegistration.reads(channel);
      }
    }
  }

  static void close(Channel channel) {
    var _ = channel.close();
  }
}
