package io.weir.controller.dns;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsQuery;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DefaultDnsResponse;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponse;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.handler.codec.dns.TcpDnsQueryDecoder;
import io.netty.handler.codec.dns.TcpDnsResponseEncoder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A name server on loopback, over UDP and TCP, that says what it is told to. A name it has records
 * of has none of other types; one it has not does not exist. More than twenty records do not fit
 * into a datagram. Thread-safe.
 */
public final class DnsServer implements AutoCloseable {
  private static final int DATAGRAM = 20;
  private static final int ATTEMPTS = 20;

  private record Answers(int ttl, List<byte[]> contents) {}

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Map<String, Map<DnsRecordType, Answers>> zone = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
  private final AtomicInteger overTcp = new AtomicInteger();
  private volatile @Nullable DnsResponseCode failure;
  private volatile boolean silent;
  private volatile boolean follows = true;
  private int port;

  private DnsServer() {}

  /** On any free port. */
  public static DnsServer start() throws InterruptedException {
    DnsServer server = new DnsServer();
    server.port = server.listen(0);
    return server;
  }

  private int listen(int wanted) throws InterruptedException {
    for (int attempt = 1; ; attempt++) {
      Channel udp = datagrams(wanted);
      int got = ((InetSocketAddress) udp.localAddress()).getPort();
      if (streams(got) || attempt == ATTEMPTS) {
        return got;
      }
      udp.close().sync();
    }
  }

  private Channel datagrams(int wanted) throws InterruptedException {
    return new Bootstrap()
        .group(group)
        .channel(NioDatagramChannel.class)
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                channel
                    .pipeline()
                    .addLast(
                        new DatagramDnsQueryDecoder(),
                        new DatagramDnsResponseEncoder(),
                        new SimpleChannelInboundHandler<DatagramDnsQuery>() {
                          @Override
                          protected void channelRead0(
                              ChannelHandlerContext context, DatagramDnsQuery query) {
                            answer(
                                context,
                                query.recordAt(DnsSection.QUESTION),
                                new DatagramDnsResponse(
                                    /* sender= */ query.recipient(),
                                    /* recipient= */ query.sender(),
                                    query.id()),
                                DATAGRAM);
                          }
                        });
              }
            })
        .bind(InetAddress.getLoopbackAddress(), wanted)
        .sync()
        .channel();
  }

  /** Returns whether the port was free. */
  private boolean streams(int wanted) throws InterruptedException {
    return new ServerBootstrap()
        .group(group)
        .channel(NioServerSocketChannel.class)
        .childHandler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                channel
                    .pipeline()
                    .addLast(
                        new TcpDnsQueryDecoder(),
                        new TcpDnsResponseEncoder(),
                        new SimpleChannelInboundHandler<DefaultDnsQuery>() {
                          @Override
                          protected void channelRead0(
                              ChannelHandlerContext context, DefaultDnsQuery query) {
                            overTcp.incrementAndGet();
                            answer(
                                context,
                                query.recordAt(DnsSection.QUESTION),
                                new DefaultDnsResponse(query.id()),
                                Integer.MAX_VALUE);
                          }
                        });
              }
            })
        .bind(InetAddress.getLoopbackAddress(), wanted)
        .await()
        .isSuccess();
  }

  private void answer(
      ChannelHandlerContext context, DnsQuestion question, DnsResponse response, int room) {
    if (silent) {
      return;
    }
    String name = normal(question.name());
    asked
        .computeIfAbsent(name + " " + question.type().name(), _ -> new AtomicInteger())
        .incrementAndGet();
    response.setRecursionAvailable(true);
    response.addRecord(DnsSection.QUESTION, question);
    Map<DnsRecordType, Answers> records = zone.get(name);
    DnsResponseCode code = failure;
    if (code != null || records == null) {
      response.setCode(code == null ? DnsResponseCode.NXDOMAIN : code);
    } else {
      add(response, name, question.type(), room);
    }
    var _ = context.writeAndFlush(response);
  }

  private void add(DnsResponse response, String name, DnsRecordType type, int room) {
    Map<DnsRecordType, Answers> records = zone.getOrDefault(name, Map.of());
    Answers alias = records.get(DnsRecordType.CNAME);
    Answers answers = alias == null ? records.get(type) : alias;
    if (answers == null) {
      return;
    }
    if (answers.contents().size() > room) {
      response.setTruncated(true);
      return;
    }
    for (byte[] content : answers.contents()) {
      response.addRecord(
          DnsSection.ANSWER,
          new DefaultDnsRawRecord(
              name + ".",
              alias == null ? type : DnsRecordType.CNAME,
              answers.ttl(),
              Unpooled.wrappedBuffer(content)));
    }
    boolean circle = response.count(DnsSection.ANSWER) > DATAGRAM;
    if (alias != null && follows && !circle) {
      add(response, text(alias.contents().getFirst()), type, room);
    }
  }

  /** "127.0.0.1:port". */
  public String address() {
    return "127.0.0.1:" + port;
  }

  /** From now on these are the addresses of {@code name}, all of one family. */
  public DnsServer addresses(String name, int ttl, String... addresses) {
    List<byte[]> contents = new ArrayList<>();
    for (String address : addresses) {
      contents.add(InetAddress.ofLiteral(address).getAddress());
    }
    return put(
        name,
        contents.getFirst().length == 4 ? DnsRecordType.A : DnsRecordType.AAAA,
        new Answers(ttl, contents));
  }

  /** Each "priority weight port target". */
  public DnsServer services(String name, int ttl, String... records) {
    List<byte[]> contents = new ArrayList<>();
    for (String record : records) {
      String[] parts = record.split(" ", -1);
      ByteBuf content = Unpooled.buffer();
      for (int i = 0; i < 3; i++) {
        content.writeShort(Integer.parseInt(parts[i]));
      }
      content.writeBytes(labels(parts[3]));
      contents.add(bytes(content));
    }
    return put(name, DnsRecordType.SRV, new Answers(ttl, contents));
  }

  public DnsServer alias(String name, int ttl, String target) {
    return put(name, DnsRecordType.CNAME, new Answers(ttl, List.of(labels(target))));
  }

  private DnsServer put(String name, DnsRecordType type, Answers answers) {
    zone.computeIfAbsent(normal(name), _ -> new ConcurrentHashMap<>()).put(type, answers);
    return this;
  }

  /** It exists and has no addresses. */
  public DnsServer nothing(String name) {
    zone.put(normal(name), new ConcurrentHashMap<>());
    return this;
  }

  /** It does not exist. */
  public DnsServer remove(String name) {
    zone.remove(normal(name));
    return this;
  }

  /** Everything is answered so; null: as it is. */
  public DnsServer fail(@Nullable DnsResponseCode code) {
    failure = code;
    return this;
  }

  /** Whether what an alias stands for comes with it. */
  public DnsServer followsAliases(boolean now) {
    follows = now;
    return this;
  }

  /** Nothing is answered. */
  public DnsServer silent(boolean now) {
    silent = now;
    return this;
  }

  public int overTcp() {
    return overTcp.get();
  }

  public int asked(String name, String type) {
    AtomicInteger count = asked.get(normal(name) + " " + type);
    return count == null ? 0 : count.get();
  }

  private static String normal(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  private static byte[] labels(String name) {
    ByteBuf content = Unpooled.buffer();
    for (String label : normal(name).split("\\.", -1)) {
      content.writeByte(label.length());
      content.writeCharSequence(label, StandardCharsets.US_ASCII);
    }
    content.writeByte(0);
    return bytes(content);
  }

  private static byte[] bytes(ByteBuf content) {
    byte[] bytes = new byte[content.readableBytes()];
    content.readBytes(bytes);
    return bytes;
  }

  private static String text(byte[] labels) {
    StringBuilder name = new StringBuilder();
    for (int at = 0; labels[at] != 0; at += labels[at] + 1) {
      name.append(name.isEmpty() ? "" : ".")
          .append(new String(labels, at + 1, labels[at], StandardCharsets.US_ASCII));
    }
    return name.toString();
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
