package io.weir.e2e.sim.balance;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Requests to real proxies in an open loop: when each is to be sent is drawn beforehand and does
 * not depend on answers, and its latency counts from that moment, whatever kept it from being sent
 * (so that omissions are not coordinated with what is measured). The same requests for the same
 * seed. One thread, the caller's.
 */
public final class OpenLoop {
  private static final long SECOND = 1_000_000_000L;

  /** For the last answers. */
  private static final long GRACE = 20 * SECOND;

  private final List<InetSocketAddress> proxies;
  private final Selector selector;
  private final List<Deque<LoopConnection>> idle = new ArrayList<>();
  private final Latencies latencies = new Latencies();
  private final long warmUp;
  private long failed;
  private int waiting;

  private OpenLoop(List<Integer> ports, Selector selector, long warmUp) {
    proxies =
        ports.stream()
            .map(port -> new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .toList();
    ports.forEach(port -> idle.add(new ArrayDeque<>()));
    this.selector = selector;
    this.warmUp = warmUp;
  }

  /**
   * What came of it.
   *
   * @param outcome of those that were answered
   * @param failed requests with another status than 200, or without an answer
   */
  public record Result(Outcome outcome, long failed) {}

  /**
   * Loads the proxies with what a cell says.
   *
   * @param ports of the proxies, on loopback
   */
  public static Result run(List<Integer> ports, Cell cell, Window window, long seed)
      throws IOException {
    try (Selector selector = Selector.open()) {
      var load = new OpenLoop(ports, selector, window.warmUpSeconds() * SECOND);
      try {
        return load.run(cell, (window.warmUpSeconds() + window.seconds()) * SECOND, seed);
      } finally {
        for (SelectionKey key : selector.keys()) {
          key.channel().close();
        }
      }
    }
  }

  private Result run(Cell cell, long end, long seed) throws IOException {
    var arrivals = new Arrivals(cell, new SplittableRandom(seed));
    long origin = System.nanoTime();
    arrivals.next();
    while (true) {
      long now = System.nanoTime() - origin;
      while (arrivals.at() <= now && arrivals.at() < end) {
        send(arrivals.proxy(), (long) arrivals.work(), arrivals.at());
        arrivals.next();
      }
      boolean sentAll = arrivals.at() >= end;
      if ((sentAll && waiting == 0) || now > end + GRACE) {
        return new Result(Outcome.of(latencies, 0), failed + waiting);
      }
      Wakeful.select(selector, sentAll ? SECOND : arrivals.at() - now);
      for (SelectionKey key : selector.selectedKeys()) {
        read(key, System.nanoTime() - origin);
      }
      selector.selectedKeys().clear();
    }
  }

  private void send(int proxy, long work, long intended) throws IOException {
    LoopConnection connection = idle.get(proxy).pollLast();
    if (connection == null) {
      connection = LoopConnection.open(proxies.get(proxy), proxy, selector);
    }
    waiting++;
    if (!connection.send(work, intended)) {
      over(intended, false, 0);
    }
  }

  private void read(SelectionKey key, long now) throws IOException {
    LoopConnection connection = (LoopConnection) key.attachment();
    switch (connection.read()) {
      case NOTHING_YET -> {}
      case OK, ERROR -> {
        boolean ok = connection.last() == LoopConnection.Read.OK;
        over(connection.intended(), ok, now);
        idle.get(connection.proxy()).addLast(connection);
      }
      case CLOSED -> {
        if (!idle.get(connection.proxy()).remove(connection)) {
          over(connection.intended(), false, now);
        }
        key.channel().close();
      }
    }
  }

  private void over(long intended, boolean ok, long now) {
    waiting--;
    if (!ok) {
      failed++;
    } else if (intended >= warmUp) {
      latencies.record(now - intended);
    }
  }
}
