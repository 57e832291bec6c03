package io.weir.controller.reconcile;

import io.weir.controller.model.Found;
import io.weir.controller.store.Store;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Write;
import io.weir.controller.store.StoreException;
import io.weir.v1.DiscoveredEndpoint;
import io.weir.v1.DiscoveryRecord;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What was found, into the store. As decisions it is only written while the term is this
 * controller's. All calls block.
 */
final class FoundLog {
  private static final String TERM = "meta/term";
  private static final int EARLIER = 8;

  /** So that a record stays well below what one value of the store may be. */
  private static final int MAX_BYTES = 400_000;

  private final Store store;

  FoundLog(Store store) {
    this.store = store;
  }

  /** How a write ended. */
  sealed interface Outcome {
    /** At {@code revision} of the store. */
    record Written(long revision) implements Outcome {}

    /** Another controller has taken the term after this one. */
    record Superseded() implements Outcome {}
  }

  /** Thousands of endpoints of targets with long names are kept without these. */
  static List<DiscoveredEndpoint> fitting(List<DiscoveredEndpoint> endpoints) {
    int bytes = endpoints.stream().mapToInt(DiscoveredEndpoint::getSerializedSize).sum();
    return bytes <= MAX_BYTES
        ? endpoints
        : endpoints.stream().map(one -> one.toBuilder().clearName().build()).toList();
  }

  /** With what there was before, as far as there is room. */
  static DiscoveryRecord record(List<DiscoveredEndpoint> endpoints, @Nullable Found before) {
    DiscoveryRecord.Builder record = DiscoveryRecord.newBuilder().addAllEndpoints(endpoints);
    if (before != null) {
      DiscoveryRecord.Earlier last =
          DiscoveryRecord.Earlier.newBuilder()
              .setRevision(before.revision())
              .addAllEndpoints(before.record().getEndpointsList())
              .build();
      int room = MAX_BYTES - record.build().getSerializedSize();
      for (DiscoveryRecord.Earlier earlier :
          Stream.concat(Stream.of(last), before.record().getEarlierList().stream())
              .limit(EARLIER)
              .toList()) {
        room -= earlier.getSerializedSize();
        if (room < 0) {
          break;
        }
        record.addEarlier(earlier);
      }
    }
    return record.build();
  }

  /**
   * What there was before is taken from the store, as a controller that has just come to lead may
   * not have seen the last of it.
   *
   * @param endpoints fitting; empty: the record is removed
   * @throws StoreException when the outcome is not known, or nothing was written; to be repeated
   */
  Outcome write(long term, String pool, List<DiscoveredEndpoint> endpoints) {
    Optional<Entry> own = own(term);
    if (own.isEmpty()) {
      return new Outcome.Superseded();
    }
    String key = Found.storeKey(pool);
    Optional<Entry> stored = entry(key);
    Optional<Found> before = stored.map(Image::found);
    if (!endpoints.isEmpty()
        && before.isPresent()
        && before.get().record().getEndpointsList().equals(endpoints)) {
      // An attempt that nothing was heard of got there, and agents count by when it did.
      return new Outcome.Written(before.get().revision());
    }
    Write write =
        endpoints.isEmpty()
            ? new Write.Delete(key)
            : new Write.Put(key, record(endpoints, before.orElse(null)).toByteString());
    List<Expectation> expectations =
        List.of(
            new Expectation(TERM, own.get().revision()),
            new Expectation(key, stored.map(Entry::revision).orElse(0L)));
    return switch (store.commit(new Transaction(expectations, List.of(write)))) {
      case CommitResult.Committed committed -> new Outcome.Written(committed.revision());
      case CommitResult.Conflict _ -> {
        if (own(term).isPresent()) {
          throw new StoreException("what was found for " + pool + " was written meanwhile");
        }
        yield new Outcome.Superseded();
      }
      case CommitResult.TooLarge large -> throw new StoreException(large.reason());
    };
  }

  private Optional<Entry> own(long term) {
    return entry(TERM).filter(entry -> entry.value().toStringUtf8().equals(Long.toString(term)));
  }

  private Optional<Entry> entry(String key) {
    return store.list(key).entries().stream().filter(one -> one.key().equals(key)).findFirst();
  }
}
