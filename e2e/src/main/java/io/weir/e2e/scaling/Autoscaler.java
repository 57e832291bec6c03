package io.weir.e2e.scaling;

import io.weir.controller.scaling.PoolModel;
import java.util.List;

/** Says how many endpoints a pool is to have. */
interface Autoscaler {
  /**
   * Asked after every second.
   *
   * @param instances those that serve and those that start
   */
  int next(PoolModel.Moment moment, List<PoolModel.Instance> instances);
}
