package io.weir.e2e.scaling;

import io.weir.controller.scaling.PoolModel;
import io.weir.controller.scaling.Recommender;
import io.weir.controller.scaling.Replay;
import io.weir.v1.ScalerSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The controller's recommender, told once a second what agents report. */
final class WeirAutoscaler implements Autoscaler {
  private final Recommender recommender;

  WeirAutoscaler(ScalerSpec spec) {
    recommender = new Recommender(spec);
  }

  @Override
  public int next(PoolModel.Moment moment, List<PoolModel.Instance> instances) {
    for (PoolModel.Instance instance : instances) {
      if (instance.ready() == moment.second()) {
        recommender.started(Duration.ofSeconds(instance.ready() - instance.begun()));
      }
    }
    return recommender
        .next(Replay.sample(moment, Instant.EPOCH.plusSeconds(moment.second())))
        .desired();
  }
}
