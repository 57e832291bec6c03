package io.weir.controller.store;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Does transactions exactly once, though a member of etcd that did not answer may have done them:
 * every one also writes a random number to a key that nobody else writes at that time, a receipt,
 * provided that the key is still as it was. So whatever is sent again can succeed once at most, and
 * who is refused reads in the same breath whether it was an earlier attempt of its own that did it.
 * Thread-safe.
 */
final class EtcdCommits {
  private static final int ID_BYTES = 16;

  /** A receipt is the random number and milliseconds since 1970. */
  private static final int RECEIPT_BYTES = ID_BYTES + Long.BYTES;

  /** Receipts of processes that ended are removed when they are older than this. */
  private static final Duration KEPT = Duration.ofDays(7);

  private static final int REMOVED_AT_ONCE = 50;

  private final EtcdConnection connection;
  private final String prefix;
  private final RandomGenerator random;
  private final InstantSource clock;

  /** Whose last transaction has a known outcome. */
  private final Deque<Slot> free = new ConcurrentLinkedDeque<>();

  /**
   * @param revision that the receipt was last written at; 0: never
   */
  private record Slot(ByteSequence key, long revision) {}

  sealed interface Answer {
    record Done(long revision) implements Answer {}

    /**
     * A condition does not hold; nothing was written.
     *
     * @param read what was to be read in this case
     */
    record Refused(List<GetResponse> read) implements Answer {}
  }

  /**
   * @param prefix of receipts
   * @param random used under a lock of its own
   */
  EtcdCommits(
      EtcdConnection connection, String prefix, RandomGenerator random, InstantSource clock) {
    this.connection = connection;
    this.prefix = prefix;
    this.random = random;
    this.clock = clock;
  }

  /**
   * Does {@code writes} when all conditions hold, else {@code reads}.
   *
   * @throws StoreException when it was refused, or nobody knows whether it is or will be done
   */
  Answer commit(List<Cmp> conditions, List<Op> writes, List<Op> reads) {
    while (true) {
      Slot slot = Optional.ofNullable(free.poll()).orElseGet(() -> new Slot(newKey(), 0));
      Optional<Answer> answer = attempt(slot, conditions, writes, reads);
      if (answer.isPresent()) {
        return answer.get();
      }
      // Somebody removed the receipt, as an operator may; nothing was done.
    }
  }

  private Optional<Answer> attempt(
      Slot slot, List<Cmp> conditions, List<Op> writes, List<Op> reads) {
    ByteSequence receipt = newReceipt();
    Cmp[] all = Stream.concat(conditions.stream(), Stream.of(unchanged(slot))).toArray(Cmp[]::new);
    Op[] done =
        Stream.concat(writes.stream(), Stream.of(Op.put(slot.key(), receipt, PutOption.DEFAULT)))
            .toArray(Op[]::new);
    Op[] refused =
        Stream.concat(reads.stream(), Stream.of(Op.get(slot.key(), GetOption.DEFAULT)))
            .toArray(Op[]::new);
    int[] sent = new int[1];
    TxnResponse answer =
        connection.call(client -> {
          sent[0]++;
          return client.getKVClient().txn().If(all).Then(done).Else(refused).commit();
        });
    if (answer.isSucceeded()) {
      return Optional.of(done(slot, answer.getHeader().getRevision()));
    }
    List<GetResponse> read = answer.getGetResponses();
    List<KeyValue> found = read.getLast().getKvs();
    if (!found.isEmpty() && found.getFirst().getValue().equals(receipt)) {
      return Optional.of(done(slot, found.getFirst().getModRevision()));
    }
    boolean kept = (found.isEmpty() ? 0 : found.getFirst().getModRevision()) == slot.revision();
    if (!kept) {
      return Optional.empty();
    }
    Optional<Answer> late = sent[0] > 1 ? fence(slot, receipt) : Optional.empty();
    if (sent[0] == 1) {
      free.push(slot);
    }
    return late.or(() -> Optional.of(new Answer.Refused(read.subList(0, read.size() - 1))));
  }

  private Answer done(Slot slot, long revision) {
    free.push(new Slot(slot.key(), revision));
    return new Answer.Done(revision);
  }

  /**
   * An attempt that was given up may still reach etcd, and find that its conditions hold by then.
   * Once the receipt's key is gone or another it cannot.
   *
   * @return what it did before it could be kept from it
   */
  private Optional<Answer> fence(Slot slot, ByteSequence receipt) {
    // A key that never was cannot be changed by removing it, so it is written first.
    TxnResponse answer =
        connection.call(client ->
            client
                .getKVClient()
                .txn()
                .If(unchanged(slot))
                .Then(Op.put(slot.key(), newReceipt(), PutOption.DEFAULT))
                .Else(Op.get(slot.key(), GetOption.DEFAULT))
                .commit());
    if (answer.isSucceeded()) {
      return Optional.empty();
    }
    List<KeyValue> found = answer.getGetResponses().getFirst().getKvs();
    return !found.isEmpty() && found.getFirst().getValue().equals(receipt)
        ? Optional.of(done(slot, found.getFirst().getModRevision()))
        : Optional.empty();
  }

  private static Cmp unchanged(Slot slot) {
    return new Cmp(slot.key(), Cmp.Op.EQUAL, CmpTarget.modRevision(slot.revision()));
  }

  private ByteSequence newKey() {
    return EtcdStore.sequence(prefix + HexFormat.of().formatHex(randomBytes()));
  }

  private ByteSequence newReceipt() {
    return ByteSequence.from(
        ByteBuffer.allocate(RECEIPT_BYTES).put(randomBytes()).putLong(clock.millis()).array());
  }

  private byte[] randomBytes() {
    byte[] bytes = new byte[ID_BYTES];
    synchronized (random) {
      random.nextBytes(bytes);
    }
    return bytes;
  }

  /** Removes receipts that nobody needs any more, some at a time. */
  void tidy() {
    GetOption all = GetOption.builder().isPrefix(true).withLimit(10 * REMOVED_AT_ONCE).build();
    List<KeyValue> old =
        connection
            .call(client -> client.getKVClient().get(EtcdStore.sequence(prefix), all))
            .getKvs()
            .stream()
            .filter(this::old)
            .limit(REMOVED_AT_ONCE)
            .toList();
    List<Cmp> unchanged = new ArrayList<>();
    List<Op> removals = new ArrayList<>();
    for (KeyValue entry : old) {
      unchanged.add(
          new Cmp(entry.getKey(), Cmp.Op.EQUAL, CmpTarget.modRevision(entry.getModRevision())));
      removals.add(Op.delete(entry.getKey(), DeleteOption.DEFAULT));
    }
    if (!removals.isEmpty()) {
      connection.call(client ->
          client
              .getKVClient()
              .txn()
              .If(unchanged.toArray(Cmp[]::new))
              .Then(removals.toArray(Op[]::new))
              .commit());
    }
  }

  private boolean old(KeyValue entry) {
    byte[] receipt = entry.getValue().getBytes();
    return receipt.length != RECEIPT_BYTES
        || ByteBuffer.wrap(Arrays.copyOfRange(receipt, ID_BYTES, RECEIPT_BYTES)).getLong()
            < clock.millis() - KEPT.toMillis();
  }
}
