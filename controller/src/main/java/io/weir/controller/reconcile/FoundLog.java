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
   * @param record empty: it is removed
   * @throws StoreException when the outcome is not known, or nothing was written; to be repeated
   */
  Outcome write(long term, String pool, Optional<DiscoveryRecord> record) {
    Optional<Entry> own =
        store.list(TERM).entries().stream()
            .filter(entry ->
                entry.key().equals(TERM)
                    && entry.value().toStringUtf8().equals(Long.toString(term)))
            .findFirst();
    if (own.isEmpty()) {
      return new Outcome.Superseded();
    }
    String key = Found.storeKey(pool);
    Write write =
        record
            .<Write>map(one -> new Write.Put(key, one.toByteString()))
            .orElseGet(() -> new Write.Delete(key));
    Optional<Entry> same =
        store.list(key).entries().stream()
            .filter(entry -> write.equals(new Write.Put(entry.key(), entry.value())))
            .findFirst();
    if (same.isPresent()) {
      // An attempt that nothing was heard of got there, and agents count by when it did.
      return new Outcome.Written(same.get().revision());
    }
    return switch (store.commit(
        new Transaction(List.of(new Expectation(TERM, own.get().revision())), List.of(write)))) {
      case CommitResult.Committed committed -> new Outcome.Written(committed.revision());
      case CommitResult.Conflict _ -> new Outcome.Superseded();
      case CommitResult.TooLarge large -> throw new StoreException(large.reason());
    };
  }
}
