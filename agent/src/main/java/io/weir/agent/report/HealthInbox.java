package io.weir.agent.report;

import io.weir.agent.control.HealthMessages;
import io.weir.agent.control.Welcomed;
import io.weir.agent.health.Assignment;
import io.weir.agent.health.Conclusions;
import io.weir.agent.health.Target;
import io.weir.agent.health.TrafficDoubts;
import io.weir.agent.probe.Prober;
import io.weir.v1.ControllerMessage;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what the controller and this agent's traffic say of endpoints to the prober. Any thread;
 * what one thread says arrives in its order.
 */
public final class HealthInbox implements TrafficDoubts {
  private static final Logger log = LoggerFactory.getLogger(HealthInbox.class);

  private final Prober prober;
  private final InstantSource clock;

  public HealthInbox(Prober prober, InstantSource clock) {
    this.prober = prober;
    this.clock = clock;
  }

  public void connected(Welcomed by) {
    tell((health, _) -> health.connected(by.epoch(), by.term()));
  }

  public void disconnected() {
    tell((health, _) -> health.disconnected());
  }

  /** Messages about something else are not for here. */
  public void told(ControllerMessage message) {
    switch (message.getMessageCase()) {
      case ASSIGNMENT -> {
        Assignment next = HealthMessages.assignment(message.getAssignment());
        tell((health, now) ->
            unlessOlder("assignment", health.assign(next, clock.millis(), now), next.term()));
      }
      case VERDICTS -> {
        Conclusions next = HealthMessages.conclusions(message.getVerdicts());
        tell((health, _) -> unlessOlder("verdicts", health.conclude(next), next.term()));
      }
      case VERIFY -> {
        List<Target> targets = HealthMessages.targets(message.getVerify());
        tell((health, now) -> health.verify(targets, now));
      }
      case WELCOME, SNAPSHOT, DELTA, GOSSIP, MESSAGE_NOT_SET -> {}
    }
  }

  @Override
  public void doubt(String pool, String endpoint) {
    tell((health, now) -> health.doubt(new Target(pool, endpoint), now));
  }

  private static void unlessOlder(String what, boolean taken, long term) {
    if (!taken) {
      log.atWarn()
          .addKeyValue("what", what)
          .addKeyValue("term", term)
          .log("refused what is older than what is in force");
    }
  }

  private void tell(Prober.Telling telling) {
    var _ = prober.tell(telling);
  }
}
