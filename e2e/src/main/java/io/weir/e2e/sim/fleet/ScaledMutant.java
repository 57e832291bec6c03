package io.weir.e2e.sim.fleet;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Write;
import io.weir.v1.Resource;
import io.weir.v1.ScalerRecord;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Has one controller break a rule of scaling: what it reads of a {@link ScaledPool} is not what the
 * store has. Without such a rule it changes nothing.
 */
final class ScaledMutant {
  private static final String POOL = ResourceKey.pool(ScaledPool.POOL).storeKey();

  private final Mutation mutation;

  /** Keys that this controller has made, or has made its own. */
  private final Set<String> mine = new HashSet<>();

  ScaledMutant(Mutation mutation) {
    this.mutation = mutation;
  }

  private boolean isIdle() {
    return !Mutation.OF_SCALING.contains(mutation);
  }

  List<Entry> read(List<Entry> entries) {
    return isIdle()
        ? entries
        : entries.stream()
            .map(one -> new Entry(one.key(), seen(one.key(), one.value()), one.revision()))
            .toList();
  }

  List<Write> watched(List<Write> writes) {
    return isIdle()
        ? writes
        : writes.stream()
            .map(write ->
                write instanceof Write.Put put
                    ? new Write.Put(put.key(), seen(put.key(), put.value()))
                    : write)
            .toList();
  }

  private ByteString seen(String key, ByteString value) {
    try {
      if (mutation == Mutation.NO_BARRIER && key.equals(ScaledPool.SPEC)) {
        Resource.Builder scaler = Resource.parseFrom(value).toBuilder();
        scaler
            .getScalerBuilder()
            .getSpecBuilder()
            .setDrainTimeout(Duration.newBuilder().setNanos(1));
        return scaler.build().toByteString();
      }
      if (mutation == Mutation.NEVER_TRIED && key.equals(POOL)) {
        Resource.Builder pool = Resource.parseFrom(value).toBuilder();
        pool.getPoolBuilder().getSpecBuilder().clearHealth();
        return pool.build().toByteString();
      }
      if (mutation == Mutation.CALLED_TWICE && key.equals(ScaledPool.KEY)) {
        ScalerRecord.Builder record = ScalerRecord.parseFrom(value).toBuilder();
        if (record.hasCall() && !mine.contains(record.getCall().getKey())) {
          record.getCallBuilder().setKey(record.getCall().getKey() + "-again");
        }
        return record.build().toByteString();
      }
      return value;
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(key, e);
    }
  }

  /** A transaction of this controller. */
  void written(Transaction transaction) {
    if (mutation == Mutation.CALLED_TWICE) {
      for (Write write : transaction.writes()) {
        if (write instanceof Write.Put put && put.key().equals(ScaledPool.KEY)) {
          try {
            mine.add(ScalerRecord.parseFrom(put.value()).getCall().getKey());
          } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(put.key(), e);
          }
        }
      }
    }
  }
}
