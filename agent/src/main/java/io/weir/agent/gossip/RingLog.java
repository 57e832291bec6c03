package io.weir.agent.gossip;

import io.weir.agent.membership.MemberState;
import io.weir.agent.membership.Step.Event;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Says once what has changed among the agents. */
final class RingLog {
  private static final Logger log = LoggerFactory.getLogger(RingLog.class);

  private RingLog() {}

  static void joined(Event.Joined event) {
    log.atInfo().addKeyValue("agent", event.name()).log("an agent is in the ring");
  }

  static void became(Event.Became event) {
    Level level =
        switch (event.now()) {
          case MemberState.Suspect _ -> Level.DEBUG;
          case MemberState.Dead _ -> Level.WARN;
          case MemberState.Alive _ -> event.before().present() ? Level.DEBUG : Level.INFO;
          case MemberState.Left _ -> Level.INFO;
        };
    String now =
        switch (event.now()) {
          case MemberState.Alive _ -> "alive";
          case MemberState.Suspect _ -> "suspect";
          case MemberState.Dead _ -> "dead";
          case MemberState.Left _ -> "left";
        };
    log.atLevel(level)
        .addKeyValue("agent", event.name())
        .addKeyValue("state", now)
        .addKeyValue("by", event.by())
        .log("an agent of the ring has changed");
  }

  static void stalled(Event.Stalled event) {
    log.atWarn()
        .addKeyValue("millis", event.nanos() / 1_000_000)
        .log("this process stood still; it gives other agents that time");
  }
}
