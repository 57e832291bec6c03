package io.weir.controller.store;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.controller.rollout.Staged;
import io.weir.controller.rollout.Staging;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Write;
import io.weir.v1.StagedChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Staged changes in the store. Keys: {@code rollouts/log/<number in 20 digits>}, and {@code
 * rollouts/next}, which every change that is staged writes and every write of configuration expects
 * to be as it was seen, so that neither misses the other. Calls that read block.
 */
public final class StagedChanges {
  /** What all of their keys begin with. */
  public static final String PREFIX = "rollouts/";

  private static final String LOG = PREFIX + "log/";
  private static final String NEXT = PREFIX + "next";

  /** Of those that are over, with what they changed. */
  private static final int KEPT = 50;

  private StagedChanges() {}

  /**
   * What there is, at one revision.
   *
   * @param guard revision of {@code rollouts/next}, 0: it does not exist
   * @param next the number that the next change has
   */
  public record Listed(long guard, long next, Staging staging) {
    /** Nothing has been staged since. */
    public Expectation unchanged() {
      return new Expectation(NEXT, guard);
    }
  }

  public static Listed list(Store store) {
    SortedMap<Long, Staged> all = new TreeMap<>();
    long guard = 0;
    long next = 1;
    for (Entry entry : store.list(PREFIX).entries()) {
      if (entry.key().equals(NEXT)) {
        guard = entry.revision();
        next = Long.parseLong(entry.value().toStringUtf8());
      } else if (entry.key().startsWith(LOG)) {
        Staged staged = parse(entry.key(), entry.value(), entry.revision());
        all.put(staged.number(), staged);
      }
    }
    return new Listed(guard, next, new Staging(all));
  }

  /** What {@code write} makes of one, by its number; empty: it is of none. */
  public static Optional<Written> written(Write write, long revision) {
    if (!write.key().startsWith(LOG)) {
      return Optional.empty();
    }
    long number = Long.parseLong(write.key().substring(LOG.length()));
    return Optional.of(
        switch (write) {
          case Write.Put put ->
              new Written(number, Optional.of(parse(put.key(), put.value(), revision)));
          case Write.Delete _ -> new Written(number, Optional.empty());
        });
  }

  /** Empty: it is gone. */
  public record Written(long number, Optional<Staged> staged) {}

  private static Staged parse(String key, ByteString value, long revision) {
    try {
      return new Staged(StagedChange.parseFrom(value), revision);
    } catch (InvalidProtocolBufferException e) {
      throw new StoreException(
          "the store's key %s holds no staged change; restore the store from a backup"
              .formatted(key),
          e);
    }
  }

  /** It is as it was seen. */
  public static Expectation unchanged(Staged staged) {
    return new Expectation(key(staged.number()), staged.revision());
  }

  public static Write put(StagedChange change) {
    return new Write.Put(
        key(change.getNumber()),
        change.toBuilder().clearProgress().clearRevision().build().toByteString());
  }

  /** What it takes to add one with the next number. */
  public static List<Write> add(Listed seen, StagedChange change) {
    List<Write> writes = new ArrayList<>();
    writes.add(new Write.Put(NEXT, ByteString.copyFromUtf8(Long.toString(seen.next() + 1))));
    writes.add(put(change));
    List<Staged> over = seen.staging().all().values().stream().filter(Staged::isOver).toList();
    for (Staged old : over.subList(0, Math.max(0, over.size() - KEPT))) {
      writes.add(new Write.Delete(key(old.number())));
    }
    return writes;
  }

  private static String key(long number) {
    return LOG + "%020d".formatted(number);
  }
}
