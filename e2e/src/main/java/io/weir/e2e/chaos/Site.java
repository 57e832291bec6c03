package io.weir.e2e.chaos;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.options.GetOption;
import io.weir.e2e.chaos.History.Journaled;
import io.weir.e2e.live.Child;
import io.weir.e2e.live.EtcdCluster;
import io.weir.e2e.live.EtcdCluster.Place;
import io.weir.e2e.live.Fleet;
import io.weir.e2e.live.Lan;
import io.weir.e2e.live.Ports;
import io.weir.e2e.live.Programs;
import io.weir.v1.JournalEntry;
import io.weir.v1.Resource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Three controllers and the three members of their etcd, each a process, and each in a network
 * namespace of its own where there can be one.
 */
final class Site implements AutoCloseable {
  static final int SIZE = 3;
  static final String TTL = "4s";

  private static final String ROOT = "/weir/default/data/";
  private static final int PAGE = 500;
  private static final int ATTEMPTS = 20;

  private final Fleet fleet = Fleet.create(Programs.locate());
  private final Optional<Lan> lan;
  private final EtcdCluster etcd;
  private final List<String> addresses = new ArrayList<>();
  private final Child[] controllers = new Child[SIZE];

  Site() {
    this.lan = lan();
    this.etcd =
        EtcdCluster.start(
            EtcdCluster.Settings.members(SIZE)
                .at(
                    IntStream.range(0, SIZE)
                        .mapToObj(i ->
                            lan.map(has -> new Place(has.address(i), has.enter(i)))
                                .orElseGet(Place::loopback))
                        .toList()));
    for (int i = 0; i < SIZE; i++) {
      int host = SIZE + i;
      addresses.add(lan.map(has -> has.address(host)).orElse("127.0.0.1") + ":" + Ports.free());
      startController(i);
    }
    for (int i = 0; i < SIZE; i++) {
      awaitController(i);
    }
  }

  private static Optional<Lan> lan() {
    try {
      return Optional.of(Lan.create(2 * SIZE));
    } catch (IllegalStateException e) {
      return Optional.empty();
    }
  }

  /** Of the controllers. */
  List<String> addresses() {
    return List.copyOf(addresses);
  }

  boolean hasLinks() {
    return lan.isPresent();
  }

  EtcdCluster etcd() {
    return etcd;
  }

  void startController(int controller) {
    List<String> options = new ArrayList<>(etcd.controllerOptions());
    options.addAll(List.of("--election-ttl", TTL, "--history", "1000000"));
    controllers[controller] =
        fleet.startController(
            lan.map(has -> has.enter(SIZE + controller)).orElse(List.of()),
            "controller-" + controller,
            addresses.get(controller),
            options);
  }

  /** Starts it again as often as it takes: one that does not reach its store at first ends. */
  void awaitController(int controller) {
    for (int attempt = 1; ; attempt++) {
      try {
        Fleet.awaitController(controllers[controller]);
        return;
      } catch (IllegalStateException ended) {
        if (attempt == ATTEMPTS) {
          throw ended;
        }
        startController(controller);
      }
    }
  }

  void killController(int controller) {
    controllers[controller].kill();
  }

  /** {@code STOP} or {@code CONT}. */
  void signalController(int controller, String signal) {
    try {
      new ProcessBuilder(
              "kill", "-" + signal, Long.toString(controllers[controller].handle().pid()))
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A member of etcd by its number, a controller by its number and three. */
  void cut(int host) {
    lan.orElseThrow().cut(host);
  }

  void mend(int host) {
    lan.orElseThrow().mend(host);
  }

  /** Every write in the store, oldest first. */
  List<Journaled> journal() {
    List<Journaled> journal = new ArrayList<>();
    for (KeyValue entry : all(ROOT + "journal/log/")) {
      try {
        journal.add(
            new Journaled(
                entry.getModRevision(),
                JournalEntry.parseFrom(entry.getValue().getBytes()).getCommit().getMessage()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return journal;
  }

  /** By pool: its address. */
  Map<String, String> declared() {
    Map<String, String> declared = new HashMap<>();
    for (KeyValue entry : all(ROOT + "config/Pool/")) {
      String key = entry.getKey().toString(StandardCharsets.UTF_8);
      try {
        declared.put(
            key.substring(key.lastIndexOf('/') + 1),
            Resource.parseFrom(entry.getValue().getBytes())
                .getPool()
                .getSpec()
                .getEndpoints(0)
                .getAddress());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return declared;
  }

  /** In pieces, since a message has a limit. */
  private List<KeyValue> all(String prefix) {
    List<KeyValue> all = new ArrayList<>();
    try (var client = etcd.client()) {
      byte[] next = prefix.getBytes(StandardCharsets.UTF_8);
      byte[] end = prefix.getBytes(StandardCharsets.UTF_8);
      end[end.length - 1]++;
      while (true) {
        List<KeyValue> some =
            client
                .getKVClient()
                .get(
                    ByteSequence.from(next),
                    GetOption.builder().withRange(ByteSequence.from(end)).withLimit(PAGE).build())
                .join()
                .getKvs();
        all.addAll(some);
        if (some.size() < PAGE) {
          return all;
        }
        byte[] last = Objects.requireNonNull(some.getLast().getKey()).getBytes();
        next = new byte[last.length + 1];
        System.arraycopy(last, 0, next, 0, last.length);
      }
    }
  }

  /** What controllers said that they should not have had to say. */
  List<String> complaints() {
    return fleet.children().stream()
        .flatMap(child ->
            child
                .err()
                .lines()
                .filter(line -> line.contains(" ERROR ") || line.contains("Exception"))
                .map(line -> child.name() + ": " + line))
        .distinct()
        .limit(20)
        .toList();
  }

  @Override
  public void close() {
    fleet.close();
    etcd.close();
    lan.ifPresent(Lan::close);
  }
}
