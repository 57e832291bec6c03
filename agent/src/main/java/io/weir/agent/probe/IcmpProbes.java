package io.weir.agent.probe;

import io.netty.util.NetUtil;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.HealthCheck.Probe;
import io.weir.agent.probe.ProbeResult.Failed;
import io.weir.agent.probe.ProbeResult.Passed;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * ICMP echo (RFC 792, RFC 4443 section 4): one socket for each family, opened when it is first
 * needed, with a thread that reads the replies. A reply is told from others by a secret and a
 * number that the request carried.
 */
final class IcmpProbes implements ProbeClient.Kind<Probe.Icmp> {
  private final Vertx vertx;
  private final Map<Boolean, EchoSocket> sockets = new HashMap<>();
  private final Map<Long, ProbeClient.Answer> waiting = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();

  IcmpProbes(Vertx vertx) {
    this.vertx = vertx;
  }

  @Override
  public void probe(
      Endpoint endpoint, Probe.Icmp probe, Duration timeout, ProbeClient.Answer result) {
    address(endpoint.host())
        .onSuccess(address -> {
          if (!result.isDecided()) {
            ask(address, result);
          }
        })
        .onFailure(_ -> result.is(new Failed("no address for that name")));
  }

  private Future<InetAddress> address(String host) {
    byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
    return literal == null
        ? vertx.executeBlocking(() -> InetAddress.getByName(host), false)
        : Future.succeededFuture(NetUtil.createInetAddressFromIpAddressString(host));
  }

  private void ask(InetAddress address, ProbeClient.Answer result) {
    boolean six = address instanceof Inet6Address;
    long number = numbers.incrementAndGet();
    try {
      EchoSocket socket = sockets.get(six);
      if (socket == null) {
        socket = EchoSocket.open(six, this::answered);
        sockets.put(six, socket);
      }
      waiting.put(number, result);
      result.whenDecided(() -> waiting.remove(number));
      socket.send(address, number);
    } catch (EchoSocket.Refused refused) {
      result.is(new Failed(refused.reason()));
    }
  }

  private void answered(long number) {
    ProbeClient.Answer result = waiting.remove(number);
    if (result != null) {
      result.is(new Passed());
    }
  }

  /** On the event loop. */
  void close() {
    sockets.values().forEach(EchoSocket::close);
    sockets.clear();
  }
}
