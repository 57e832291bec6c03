package io.weir.controller.reconcile;

import io.weir.v1.InstanceState;
import io.weir.v1.ScaledInstance;
import io.weir.v1.ScalerRecord;
import io.weir.v1.ScalerStatus;

/** What every controller can say of a scaler, by what is in the store. */
final class Scalers {
  private Scalers() {}

  /**
   * @param current endpoints that serve
   */
  static void describe(int current, ScalerRecord record, ScalerStatus.Builder status) {
    status
        .setCurrent(current)
        .setDesired(record.getDesired())
        .setStarting(count(record, InstanceState.INSTANCE_STATE_STARTING))
        .setEnding(
            count(record, InstanceState.INSTANCE_STATE_DRAINING)
                + count(record, InstanceState.INSTANCE_STATE_ENDING))
        .setReason(record.getReason())
        .setDecision(record.getDecision())
        .addAllInstances(record.getInstancesList());
  }

  /** How many endpoints serve. */
  static int serving(ScalerRecord record) {
    return count(record, InstanceState.INSTANCE_STATE_SERVING);
  }

  private static int count(ScalerRecord record, InstanceState state) {
    int count = 0;
    for (ScaledInstance one : record.getInstancesList()) {
      count += one.getState() == state ? 1 : 0;
    }
    return count;
  }
}
