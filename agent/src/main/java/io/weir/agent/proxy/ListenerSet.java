package io.weir.agent.proxy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.weir.agent.model.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses that are open. Takes them from one snapshot to the next: an address that stays is
 * given its new routes and no connection is touched, one that is new is opened before any is
 * closed, one that is dropped stops accepting. When one cannot be opened everything stays as it
 * was. Calls must not overlap.
 */
final class ListenerSet {
  private static final Logger LOG = LoggerFactory.getLogger(ListenerSet.class);
  private static final long RETRY_MILLIS = 5;
  private static final int RETRIES = 200;

  private final Vertx vertx;
  private final Duration drain;
  private final Function<Serving, OpenListener> making;
  private final Map<Bind, OpenListener> open = new LinkedHashMap<>();

  /** Sockets that this process is giving up, which may take a moment. */
  private final Set<Bind> closing = ConcurrentHashMap.newKeySet();

  private final List<Future<Void>> draining = new ArrayList<>();

  /**
   * @param making makes a listener that is not open yet
   */
  ListenerSet(Vertx vertx, Duration drain, Function<Serving, OpenListener> making) {
    this.vertx = vertx;
    this.drain = drain;
    this.making = making;
  }

  /** Completes with nothing once {@code wanted} is what runs, else with why it does not. */
  Future<List<Refusal>> apply(List<Serving> wanted) {
    List<Refusal> alike = duplicates(wanted);
    if (!alike.isEmpty()) {
      return Future.succeededFuture(alike);
    }
    Map<Bind, Serving> byBind = new LinkedHashMap<>();
    wanted.forEach(serving -> byBind.put(serving.bind(), serving));
    List<Serving> added = wanted.stream().filter(s -> !open.containsKey(s.bind())).toList();
    List<OpenListener> dropped =
        open.values().stream().filter(o -> !byBind.containsKey(o.bind())).toList();
    // An address cannot be opened while one that covers it is: these must go first.
    List<OpenListener> inTheWay =
        dropped.stream()
            .filter(o -> added.stream().anyMatch(s -> s.bind().overlaps(o.bind())))
            .toList();
    inTheWay.forEach(this::stop);
    return openAll(added)
        .compose(attempt ->
            attempt.refusals().isEmpty()
                ? Future.succeededFuture(swap(byBind, attempt.opened(), dropped))
                : undo(attempt, inTheWay));
  }

  private List<Refusal> swap(
      Map<Bind, Serving> byBind, List<OpenListener> opened, List<OpenListener> dropped) {
    opened.forEach(listener -> open.put(listener.bind(), listener));
    byBind.forEach((bind, serving) ->
        Optional.ofNullable(open.get(bind)).ifPresent(listener -> listener.serve(serving)));
    dropped.stream().filter(listener -> !listener.stopping()).forEach(this::stop);
    return List.of();
  }

  private Future<List<Refusal>> undo(Attempt attempt, List<OpenListener> stopped) {
    attempt.opened().forEach(this::stop);
    return openAll(stopped.stream().map(OpenListener::serving).toList())
        .map(again -> {
          again.opened().forEach(listener -> open.put(listener.bind(), listener));
          again
              .refusals()
              .forEach(lost ->
                  LOG.atError()
                      .addKeyValue("listener", lost.name())
                      .addKeyValue("reason", lost.reason())
                      .log("listener lost while going back"));
          return attempt.refusals();
        });
  }

  private record Attempt(List<OpenListener> opened, List<Refusal> refusals) {}

  private Future<Attempt> openAll(List<Serving> added) {
    Attempt attempt = new Attempt(new ArrayList<>(), new ArrayList<>());
    Future<Void> all = Future.succeededFuture();
    for (Serving serving : added) {
      all =
          all.compose(next -> open(serving, RETRIES, false))
              .transform(result -> {
                if (result.succeeded()) {
                  attempt.opened().add(result.result());
                } else {
                  attempt
                      .refusals()
                      .add(
                          new Refusal(
                              "Listener",
                              serving.listener().name(),
                              "bind",
                              OpenListener.explain(serving.bind(), result.cause())));
                }
                return Future.succeededFuture();
              });
    }
    return all.map(done -> attempt);
  }

  /** Tries again for a second where the address may be in use only by what we are closing. */
  private Future<OpenListener> open(Serving serving, int retries, boolean wasOurs) {
    OpenListener listener = making.apply(serving);
    // Asked first: what is in the way may be gone by the time that we hear of it.
    boolean ours = wasOurs || closing.stream().anyMatch(b -> b.overlaps(serving.bind()));
    return listener
        .open()
        .map(listener)
        .recover(failure -> {
          if (retries == 0 || !ours || !OpenListener.isAddressInUse(failure)) {
            return Future.failedFuture(failure);
          }
          Promise<Void> later = Promise.promise();
          vertx.setTimer(RETRY_MILLIS, id -> later.complete());
          return later.future().compose(again -> open(serving, retries - 1, true));
        });
  }

  private void stop(OpenListener listener) {
    open.remove(listener.bind());
    closing.add(listener.bind());
    draining.removeIf(Future::isComplete);
    draining.add(listener.stop(drain).onComplete(done -> closing.remove(listener.bind())));
  }

  /** Stops accepting everywhere; completes when all is done or the drain time is over. */
  Future<Void> close() {
    List.copyOf(open.values()).forEach(this::stop);
    return Future.join(draining).mapEmpty();
  }

  private static List<Refusal> duplicates(List<Serving> wanted) {
    Map<Bind, String> taken = new HashMap<>();
    List<Refusal> refusals = new ArrayList<>();
    for (Serving serving : wanted) {
      String name = serving.listener().name();
      for (Map.Entry<Bind, String> other : taken.entrySet()) {
        if (other.getKey().overlaps(serving.bind())) {
          refusals.add(
              new Refusal(
                  "Listener",
                  name,
                  "bind",
                  "cannot listen on "
                      + serving.bind()
                      + ": listener "
                      + other.getValue()
                      + " already does; choose another address"));
          break;
        }
      }
      taken.put(serving.bind(), name);
    }
    return refusals;
  }
}
