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

  static void close(Channel channel) {
    var _ = channel.close();
  }
}
