package io.weir.controller.dns;

import io.netty.channel.AddressedEnvelope;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DnsResponse;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsNameResolverTimeoutException;
import io.netty.resolver.dns.DnsServerAddressStream;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.netty.resolver.dns.NoopAuthoritativeDnsServerCache;
import io.netty.resolver.dns.NoopDnsCache;
import io.netty.resolver.dns.NoopDnsCnameCache;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import io.netty.util.concurrent.Future;
import io.weir.controller.discovery.Answer;
import io.weir.controller.discovery.Query;
import io.weir.controller.discovery.Resolver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Over UDP, and over TCP what is too long for that (RFC 7766). Follows aliases, goes on to the next
 * server when one does not answer or cannot, and keeps nothing: when to ask again is for others to
 * say. The thread that asks is started with the first question. Thread-safe.
 */
public final class DnsResolver implements Resolver, AutoCloseable {
  /** Of each server. */
  private static final long TIMEOUT_MILLIS = 2_000;

  /** The only server is asked twice, as a datagram may be lost. */
  private static final int LEAST_ATTEMPTS = 2;

  private static final int MOST_ATTEMPTS = 8;

  /** Least that is fragmented nowhere (DNS Flag Day 2020). */
  private static final int PAYLOAD = 1_232;

  /** By their servers; of sets that are not asked any more the oldest goes. */
  private static final int CLIENTS = 64;

  private static final int LAST_ANSWERS_SECONDS = 60;

  private final LinkedHashMap<List<String>, Client> clients = new LinkedHashMap<>(16, 0.75f, true);
  private @Nullable MultiThreadIoEventLoopGroup group;
  private boolean closed;

  /** What asks a set of servers. */
  private record Client(DnsNameResolver resolver, DnsServerAddressStreamProvider servers) {}

  /** One question on its way; moved on by the client's event loop. */
  private record Asking(Client client, Query query, Aliases aliases, Consumer<Answer> answer) {}

  @Override
  public void ask(Query query, List<String> servers, Consumer<Answer> answer) {
    Client client = client(servers);
    if (client == null) {
      answer.accept(new Answer.Failed("is not asked for: the controller is stopping"));
    } else {
      begin(new Asking(client, query, new Aliases(query), answer));
    }
  }

  private synchronized @Nullable Client client(List<String> servers) {
    if (closed) {
      return null;
    }
    if (group == null) {
      group =
          new MultiThreadIoEventLoopGroup(
              1, Thread.ofPlatform().name("dns").daemon().factory(), NioIoHandler.newFactory());
    }
    Client known = clients.get(servers);
    if (known == null) {
      DnsServerAddressStreamProvider provider = provider(servers);
      known = new Client(resolver(group.next(), provider), provider);
      clients.put(List.copyOf(servers), known);
      if (clients.size() > CLIENTS) {
        DnsNameResolver oldest = clients.pollFirstEntry().getValue().resolver();
        var _ = group.schedule(oldest::close, LAST_ANSWERS_SECONDS, TimeUnit.SECONDS);
      }
    }
    return known;
  }

  private static DnsNameResolver resolver(EventLoop loop, DnsServerAddressStreamProvider provider) {
    return new DnsNameResolverBuilder(loop)
        .datagramChannelType(NioDatagramChannel.class)
        .socketChannelType(NioSocketChannel.class)
        .nameServerProvider(provider)
        .queryTimeoutMillis(TIMEOUT_MILLIS)
        .maxPayloadSize(PAYLOAD)
        .resolveCache(NoopDnsCache.INSTANCE)
        .cnameCache(NoopDnsCnameCache.INSTANCE)
        .authoritativeDnsServerCache(NoopAuthoritativeDnsServerCache.INSTANCE)
        .searchDomains(List.of())
        .ndots(0)
        .build();
  }

  private static DnsServerAddressStreamProvider provider(List<String> servers) {
    return servers.isEmpty()
        ? DnsServerAddressStreamProviders.platformDefault()
        : new SequentialDnsServerAddressStreamProvider(
            servers.stream().map(DnsResolver::address).toList());
  }

  private static InetSocketAddress address(String server) {
    int colon = server.lastIndexOf(':');
    String host = server.substring(0, colon);
    return new InetSocketAddress(
        InetAddress.ofLiteral(host.startsWith("[") ? host.substring(1, host.length() - 1) : host),
        Integer.parseInt(server.substring(colon + 1)));
  }

  /** Asks for the name that the aliases so far lead to. */
  private static void begin(Asking asking) {
    DnsServerAddressStream servers =
        asking.client().servers().nameServerAddressStream(asking.aliases().name());
    int attempts = Math.clamp(servers.size(), LEAST_ATTEMPTS, MOST_ATTEMPTS);
    attempt(asking, servers, attempts);
  }

  private static void attempt(Asking asking, DnsServerAddressStream servers, int left) {
    InetSocketAddress server = servers.next();
    var _ =
        asking
            .client()
            .resolver()
            .query(
                server,
                new DefaultDnsQuestion(asking.aliases().name() + ".", Aliases.type(asking.query())))
            .addListener((Future<AddressedEnvelope<DnsResponse, InetSocketAddress>> done) -> {
              if (done.isSuccess()) {
                AddressedEnvelope<DnsResponse, InetSocketAddress> response = done.getNow();
                try {
                  answered(asking, servers, left, response.content());
                } finally {
                  response.release();
                }
              } else {
                failed(asking, servers, left, reason(done.cause()));
              }
            });
  }

  private static void answered(
      Asking asking, DnsServerAddressStream servers, int left, DnsResponse response) {
    DnsResponseCode code = response.code();
    if (code.equals(DnsResponseCode.NXDOMAIN)) {
      asking.answer().accept(new Answer.Failed("does not exist (NXDOMAIN)"));
    } else if (!code.equals(DnsResponseCode.NOERROR)) {
      failed(asking, servers, left, "is refused by the name server (%s)".formatted(code));
    } else if (response.isTruncated()) {
      failed(asking, servers, left, "has an answer too long for UDP, and none came over TCP");
    } else {
      switch (asking.aliases().read(response)) {
        case Aliases.Step.Known known -> asking.answer().accept(known.answer());
        case Aliases.Step.Elsewhere next ->
            begin(new Asking(asking.client(), asking.query(), next.aliases(), asking.answer()));
      }
    }
  }

  /** The next server, if there is one. */
  private static void failed(
      Asking asking, DnsServerAddressStream servers, int left, String reason) {
    if (left > 1) {
      attempt(asking, servers, left - 1);
    } else {
      asking.answer().accept(new Answer.Failed(reason));
    }
  }

  private static String reason(Throwable cause) {
    if (cause instanceof DnsNameResolverTimeoutException) {
      return "was not answered in time";
    }
    Throwable root = cause.getCause() == null ? cause : cause.getCause();
    return "cannot be asked for: " + root.getMessage();
  }

  @Override
  public synchronized void close() {
    closed = true;
    clients.values().forEach(client -> client.resolver().close());
    clients.clear();
    if (group != null) {
      var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }
}
