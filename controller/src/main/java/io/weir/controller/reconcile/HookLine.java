package io.weir.controller.reconcile;

import io.weir.controller.provision.Answer;
import io.weir.controller.provision.Order;
import io.weir.controller.provision.ProvisionException;
import io.weir.controller.provision.Provisioned;
import io.weir.controller.provision.Provisioner;
import io.weir.v1.HookCall;
import io.weir.v1.ScaleHook;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to what one scaler's hook calls. Calls block on {@code io} and come back to the loop;
 * confined to the loop but for that.
 */
final class HookLine {
  private static final Logger log = LoggerFactory.getLogger(HookLine.class);

  private final Hooks hooks;
  private final String scaler;
  private final ScaleHook hook;
  private final Executor io;
  private final Consumer<Runnable> loop;

  // Guarded by this.
  private @Nullable Provisioner provisioner;
  private boolean closed;

  /** What came of a call. */
  sealed interface Outcome<T> {
    record Done<T>(T value) implements Outcome<T> {}

    /** A sentence; {@code pause} is what the other side asked for. */
    record Failed<T>(String sentence, boolean retryable, Optional<Duration> pause)
        implements Outcome<T> {}
  }

  /** All that a provider has told of. */
  record Told(List<Provisioned> instances, boolean complete) {}

  HookLine(Hooks hooks, String scaler, ScaleHook hook, Executor io, Consumer<Runnable> loop) {
    this.hooks = hooks;
    this.scaler = scaler;
    this.hook = hook;
    this.io = io;
    this.loop = loop;
  }

  ScaleHook hook() {
    return hook;
  }

  private interface Call<T> {
    T on(Provisioner provisioner) throws ProvisionException;
  }

  void list(Consumer<Outcome<Told>> then) {
    run(provisioner -> new Told(provisioner.list(), provisioner.lists()), then);
  }

  void order(HookCall call, Order order, Consumer<Outcome<Answer>> then) {
    run(
        provisioner ->
            call.getEndCount() == 0
                ? provisioner.scaleOut(order)
                : provisioner.scaleIn(order, call.getEndList()),
        then);
  }

  private <T> void run(Call<T> call, Consumer<Outcome<T>> then) {
    io.execute(() -> {
      Outcome<T> outcome = outcome(call);
      loop.accept(() -> then.accept(outcome));
    });
  }

  private <T> Outcome<T> outcome(Call<T> call) {
    try {
      return new Outcome.Done<>(call.on(provisioner()));
    } catch (ProvisionException e) {
      return new Outcome.Failed<>(String.valueOf(e.getMessage()), e.retryable(), e.retryAfter());
    } catch (RuntimeException e) {
      log.atError().addKeyValue("scaler", scaler).setCause(e).log("a hook failed");
      return new Outcome.Failed<>(
          "the hook failed here; the controller's log says how", true, Optional.empty());
    }
  }

  private synchronized Provisioner provisioner() throws ProvisionException {
    if (closed) {
      throw new ProvisionException("the scaler's hook is another one now", true);
    }
    Provisioner open = provisioner;
    if (open == null) {
      open = hooks.open(scaler, hook);
      provisioner = open;
    }
    return open;
  }

  /** What was brought stays. */
  void close() {
    Provisioner open;
    synchronized (this) {
      closed = true;
      open = provisioner;
    }
    if (open != null) {
      io.execute(open::close);
    }
  }
}
