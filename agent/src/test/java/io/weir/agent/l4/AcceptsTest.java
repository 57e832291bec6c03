package io.weir.agent.l4;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

final class AcceptsTest {
  private static final int TOGETHER = 20;

  @Test
  @EnabledOnOs(OS.LINUX)
  void clientsThatComeAtOnceAreTakenInOneTurn() throws IOException, InterruptedException {
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    List<Socket> clients = new ArrayList<>();
    try {
      BlockingQueue<Integer> turns = new LinkedBlockingQueue<>();
      Channel server =
          new Bootstrap()
              .group(loop)
              .channel(EpollServerSocketChannel.class)
              .option(ChannelOption.RECVBUF_ALLOCATOR, Accepts.batch())
              .handler(new Taken(turns))
              .bind(InetAddress.getLoopbackAddress(), 0)
              .sync()
              .channel();
      CountDownLatch within = new CountDownLatch(1);
      CountDownLatch busy = new CountDownLatch(1);
      loop.execute(() -> {
        within.countDown();
        try {
          busy.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      });
      within.await();
      var address = (InetSocketAddress) server.localAddress();
      for (int i = 0; i < TOGETHER; i++) {
        clients.add(new Socket(address.getAddress(), address.getPort()));
      }
      busy.countDown();
      assertThat(turns.poll(10, TimeUnit.SECONDS)).isEqualTo(TOGETHER);
    } finally {
      for (Socket client : clients) {
        client.close();
      }
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }
  }

  /** Tells of each turn how many it took. */
  private static final class Taken extends ChannelInboundHandlerAdapter {
    private final BlockingQueue<Integer> turns;
    private int taken;

    Taken(BlockingQueue<Integer> turns) {
      this.turns = turns;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      taken++;
      ((Channel) message).unsafe().closeForcibly();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      turns.add(taken);
      taken = 0;
    }
  }
}
