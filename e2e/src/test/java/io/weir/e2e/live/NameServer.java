package io.weir.e2e.live;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A name server over UDP on loopback that knows one service: the ports it is told. Every target is
 * on 127.0.0.1, and everything lives for no time (RFC 1035, RFC 2782).
 */
final class NameServer implements AutoCloseable {
  private static final int A = 1;
  private static final int SRV = 33;
  private static final int HEADER = 12;
  private static final int RESPONSE = 0x8180;

  private final DatagramSocket socket;
  private volatile List<Integer> ports = List.of();
  private volatile boolean silent;

  NameServer() {
    try {
      socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    } catch (SocketException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofPlatform().name("name-server").daemon().start(this::run);
  }

  String address() {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  /** From now on the service is at these. */
  void serve(Integer... now) {
    ports = List.of(now);
  }

  void silent(boolean now) {
    silent = now;
  }

  private void run() {
    byte[] buffer = new byte[1_500];
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        if (!silent) {
          byte[] answer = answer(ByteBuffer.wrap(buffer, 0, packet.getLength()));
          socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private byte[] answer(ByteBuffer query) throws IOException {
    int end = HEADER;
    while (query.get(end) != 0) {
      end += query.get(end) + 1;
    }
    int type = query.getShort(end + 1);
    byte[] question = new byte[end + 5 - HEADER];
    query.get(HEADER, question);
    List<Integer> now = type == SRV ? ports : type == A ? List.of(0) : List.of();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeShort(query.getShort(0));
    out.writeShort(RESPONSE);
    out.writeShort(1);
    out.writeShort(now.size());
    out.writeInt(0);
    out.write(question);
    for (int port : now) {
      out.writeShort(0xc000 | HEADER);
      out.writeShort(type);
      out.writeShort(1);
      out.writeInt(0);
      byte[] data = type == SRV ? service(port) : new byte[] {127, 0, 0, 1};
      out.writeShort(data.length);
      out.write(data);
    }
    return bytes.toByteArray();
  }

  private static byte[] service(int port) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeShort(0);
    out.writeShort(1);
    out.writeShort(port);
    String target = "origin-" + port;
    out.writeByte(target.length());
    out.write(target.getBytes(StandardCharsets.US_ASCII));
    out.writeByte(0);
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    socket.close();
  }
}
