package io.weir.e2e.sim.balance;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A kept-alive HTTP/1.1 connection of {@link OpenLoop} to a proxy: one request at a time. */
final class LoopConnection {
  private static final Pattern LENGTH = Pattern.compile("\r\ncontent-length: *(\\d+)");

  private final SocketChannel channel;
  private final int proxy;
  private final ByteBuffer answer = ByteBuffer.allocate(16_384);
  private long intended;
  private Read last = Read.NOTHING_YET;

  /** What reading gave. */
  enum Read {
    NOTHING_YET,
    /** A whole answer, of status 200. */
    OK,
    /** A whole answer, of another status. */
    ERROR,
    CLOSED
  }

  private LoopConnection(SocketChannel channel, int proxy) {
    this.channel = channel;
    this.proxy = proxy;
  }

  static LoopConnection open(SocketAddress address, int proxy, Selector selector)
      throws IOException {
    SocketChannel channel = SocketChannel.open(address);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.configureBlocking(false);
    var connection = new LoopConnection(channel, proxy);
    channel.register(selector, SelectionKey.OP_READ, connection);
    return connection;
  }

  int proxy() {
    return proxy;
  }

  /** When the request under way was to be sent. */
  long intended() {
    return intended;
  }

  /** What {@link #read} gave last. */
  Read last() {
    return last;
  }

  /** Returns false when the connection is broken; it is closed then. */
  boolean send(long work, long intendedAt) throws IOException {
    intended = intendedAt;
    answer.clear();
    String request = "GET /" + work + " HTTP/1.1\r\nHost: weir.example\r\n\r\n";
    try {
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      return true;
    } catch (IOException e) {
      channel.close();
      return false;
    }
  }

  Read read() {
    last = readOnce();
    return last;
  }

  private Read readOnce() {
    try {
      if (channel.read(answer) < 0) {
        return Read.CLOSED;
      }
    } catch (IOException e) {
      return Read.CLOSED;
    }
    String text = new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1);
    int head = text.indexOf("\r\n\r\n");
    if (head < 0) {
      return Read.NOTHING_YET;
    }
    Matcher length = LENGTH.matcher(text.substring(0, head).toLowerCase(Locale.ROOT));
    int body = length.find() ? Integer.parseInt(length.group(1)) : 0;
    if (text.length() < head + 4 + body) {
      return Read.NOTHING_YET;
    }
    return text.startsWith("HTTP/1.1 200 ") ? Read.OK : Read.ERROR;
  }
}
