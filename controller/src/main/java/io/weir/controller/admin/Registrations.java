package io.weir.controller.admin;

import io.weir.controller.admin.Answer.Refusal;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.model.Scaled;
import io.weir.controller.reconcile.Image;
import io.weir.controller.reconcile.Questions;
import io.weir.controller.store.Journal;
import io.weir.v1.RegisterRequest;
import io.weir.v1.RegisterResponse;
import io.weir.v1.Resource;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Endpoints that say by themselves that they are there, or that they go. Blocks. */
final class Registrations {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int MAX_ID = 256;

  private final Questions questions;

  Registrations(Questions questions) {
    this.questions = questions;
  }

  Answer<RegisterResponse> register(RegisterRequest request, Journal journal) {
    if (request.getId().length() > MAX_ID) {
      return malformed(
          "id is %d characters; at most %d".formatted(request.getId().length(), MAX_ID));
    }
    if (!request.getAddress().isEmpty() && !Scaled.isAddress(request.getAddress())) {
      return malformed(
          "address must be host:port, 1.2.3.4:port or [2001:db8::1]:port, the port 1 to 65535");
    }
    if (request.getAddress().isEmpty() && !(request.getLeaving() && !request.getId().isEmpty())) {
      return malformed("address is missing; only who leaves may name its id alone");
    }
    if (!request.getZone().isEmpty() && !Scaled.isZone(request.getZone())) {
      return malformed("zone must be " + Scaled.zoneRule());
    }
    return Asked.found(Image.config(journal.read()), ResourceKey.scaler(request.getScaler()), "")
        .then(scaler -> written(scaler, request));
  }

  private static Answer<RegisterResponse> malformed(String sentence) {
    return Answer.refused(new Refusal.Malformed(sentence));
  }

  private Answer<RegisterResponse> written(Resource scaler, RegisterRequest request) {
    Optional<CompletableFuture<RegisterResponse>> answer = questions.register(request);
    if (answer.isEmpty()) {
      return Answer.refused(new Refusal.Leaderless());
    }
    try {
      return Answer.done(answer.get().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException | ExecutionException e) {
      return Answer.refused(
          new Refusal.Premature(
              "scaler/%s could not be written in time; register again"
                  .formatted(scaler.getMetadata().getName())));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Answer.refused(new Refusal.Leaderless());
    }
  }
}
