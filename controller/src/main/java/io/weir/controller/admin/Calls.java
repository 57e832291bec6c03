package io.weir.controller.admin;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.weir.controller.store.StoreException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a call is answered, whatever comes of it. */
final class Calls {
  private static final Logger log = LoggerFactory.getLogger(Calls.class);

  private Calls() {}

  static <T> void answer(StreamObserver<T> responses, Supplier<Answer<T>> call) {
    answer(
        responses,
        call,
        value -> {
          responses.onNext(value);
          responses.onCompleted();
        });
  }

  /** What fails or is refused is told to {@code responses}; {@code done} has the rest. */
  static <T> void answer(StreamObserver<?> responses, Supplier<Answer<T>> call, Consumer<T> done) {
    Answer<T> answer;
    try {
      answer = call.get();
    } catch (StoreException e) {
      log.atWarn().addKeyValue("reason", e.getMessage()).log("the store failed a call");
      responses.onError(StatusMapper.exception(e));
      return;
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a call to the admin API failed");
      responses.onError(
          Status.INTERNAL
              .withDescription("the controller failed; its log says how")
              .asRuntimeException());
      return;
    }
    switch (answer) {
      case Answer.Done<T> answered -> done.accept(answered.value());
      case Answer.Refused<T> refused ->
          responses.onError(StatusMapper.exception(refused.refusal()));
    }
  }
}
