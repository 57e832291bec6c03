package io.weir.controller.provision;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weir.controller.provision.Recommendations.View;
import io.weir.v1.keda.ExternalScalerGrpc.ExternalScalerImplBase;
import io.weir.v1.keda.GetMetricSpecResponse;
import io.weir.v1.keda.GetMetricsRequest;
import io.weir.v1.keda.GetMetricsResponse;
import io.weir.v1.keda.IsActiveResponse;
import io.weir.v1.keda.MetricSpec;
import io.weir.v1.keda.MetricValue;
import io.weir.v1.keda.ScaledObjectRef;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * KEDA's external scaler, pulled and pushed. Its one metric is how many endpoints there are to be,
 * with a target of one for each, so that the autoscaler that KEDA drives asks for just as many.
 */
public final class KedaService extends ExternalScalerImplBase {
  /** Of {@code scalerMetadata}: the scaler's name. */
  static final String SCALER = "scaler";

  static final String METRIC = "weir-desired-endpoints";
  private static final long LOOK_MILLIS = 1000;

  private final Recommendations recommendations;
  private final ScheduledExecutorService timers;

  /**
   * @param timers on which streams look whether something changed; nothing here blocks them
   */
  public KedaService(Recommendations recommendations, ScheduledExecutorService timers) {
    this.recommendations = recommendations;
    this.timers = timers;
  }

  @Override
  public void isActive(ScaledObjectRef request, StreamObserver<IsActiveResponse> answer) {
    try {
      answer.onNext(active(view(request)));
      answer.onCompleted();
    } catch (StatusRuntimeException e) {
      answer.onError(e);
    }
  }

  @Override
  public void getMetricSpec(ScaledObjectRef request, StreamObserver<GetMetricSpecResponse> answer) {
    try {
      var _ = view(request);
      answer.onNext(
          GetMetricSpecResponse.newBuilder()
              .addMetricSpecs(
                  MetricSpec.newBuilder()
                      .setMetricName(METRIC)
                      .setTargetSize(1)
                      .setTargetSizeFloat(1))
              .build());
      answer.onCompleted();
    } catch (StatusRuntimeException e) {
      answer.onError(e);
    }
  }

  @Override
  public void getMetrics(GetMetricsRequest request, StreamObserver<GetMetricsResponse> answer) {
    try {
      View view = view(request.getScaledObjectRef());
      if (!request.getMetricName().equals(METRIC)) {
        throw Status.NOT_FOUND
            .withDescription("the metric is " + METRIC + ", there is no other")
            .asRuntimeException();
      }
      answer.onNext(
          GetMetricsResponse.newBuilder()
              .addMetricValues(
                  MetricValue.newBuilder()
                      .setMetricName(METRIC)
                      .setMetricValue(view.desired())
                      .setMetricValueFloat(view.desired()))
              .build());
      answer.onCompleted();
    } catch (StatusRuntimeException e) {
      answer.onError(e);
    }
  }

  @Override
  public void streamIsActive(ScaledObjectRef request, StreamObserver<IsActiveResponse> answer) {
    Pushing pushing = new Pushing(request, (ServerCallStreamObserver<IsActiveResponse>) answer);
    pushing.begin();
  }

  private View view(ScaledObjectRef request) {
    String name = request.getScalerMetadataOrDefault(SCALER, "");
    if (name.isEmpty()) {
      throw Status.INVALID_ARGUMENT
          .withDescription("the trigger's metadata is to name a scaler: \"scaler\"")
          .asRuntimeException();
    }
    return recommendations
        .scaler(name)
        .orElseThrow(() ->
            Status.NOT_FOUND
                .withDescription(
                    "there is no scaler \"%s\" that recommends something"
                        .formatted(name.length() <= 63 ? name : name.substring(0, 63) + "…"))
                .asRuntimeException());
  }

  private static IsActiveResponse active(View view) {
    return IsActiveResponse.newBuilder().setResult(view.active()).build();
  }

  /** One stream: told at once, and then whenever it is different. */
  private final class Pushing {
    private final ScaledObjectRef request;
    private final ServerCallStreamObserver<IsActiveResponse> answer;

    // Guarded by this.
    private @Nullable IsActiveResponse told;
    private @Nullable Future<?> looking;
    private boolean over;

    Pushing(ScaledObjectRef request, ServerCallStreamObserver<IsActiveResponse> answer) {
      this.request = request;
      this.answer = answer;
    }

    void begin() {
      answer.setOnCancelHandler(this::end);
      look();
      synchronized (this) {
        if (!over) {
          try {
            looking =
                timers.scheduleWithFixedDelay(
                    this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
          } catch (RejectedExecutionException e) {
            over = true;
            answer.onError(
                Status.UNAVAILABLE.withDescription("this controller stops").asRuntimeException());
          }
        }
      }
    }

    private synchronized void end() {
      over = true;
      if (looking != null) {
        looking.cancel(false);
      }
    }

    private synchronized void look() {
      if (over) {
        return;
      }
      if (answer.isCancelled()) {
        end();
        return;
      }
      try {
        IsActiveResponse now = active(view(request));
        if (!now.equals(told)) {
          answer.onNext(now);
          told = now;
        }
      } catch (StatusRuntimeException e) {
        end();
        answer.onError(e);
      }
    }
  }
}
