package io.weir.e2e.sim.fleet;

import io.weir.controller.reconcile.AgentChannel;
import io.weir.controller.reconcile.Encoded;
import io.weir.e2e.sim.kernel.Network;
import io.weir.e2e.sim.kernel.VirtualTime;
import io.weir.v1.AgentMessage;
import io.weir.v1.ControllerMessage;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The stream between an agent and a controller, as gRPC over TCP has it: in order, nothing lost
 * while it lasts, stalled while the network is cut, and over for both sides once keepalives have
 * not come through for a while or a process is gone.
 */
final class Stream implements AgentChannel {
  private static final long PATIENCE = 15_000_000_000L;
  private static final long RETRANSMIT = 200_000_000L;

  private final VirtualTime time;
  private final Network network;
  private final SimAgent agent;
  private final SimController controller;
  private final Way up = new Way();
  private final Way down = new Way();
  private long cutSince = -1;
  private boolean over;

  /** One direction. */
  private static final class Way {
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private long last;
    private boolean pumping;
  }

  Stream(VirtualTime time, Network network, SimAgent agent, SimController controller) {
    this.time = time;
    this.network = network;
    this.agent = agent;
    this.controller = controller;
    watch();
  }

  SimController controller() {
    return controller;
  }

  boolean isOver() {
    return over;
  }

  /** From the agent. */
  void send(AgentMessage message) {
    push(up, agent.name, controller.host, () -> controller.receive(this, message));
  }

  @Override
  public void send(ControllerMessage message) {
    if (message.hasVerdicts() && !message.getVerdicts().getComplete()) {
      controller.told(message.getVerdicts());
    }
    push(down, controller.host, agent.name, () -> agent.receive(this, message));
  }

  @Override
  public void send(Encoded configuration) {
    send(configuration.message());
  }

  private void push(Way way, String from, String to, Runnable arrives) {
    if (!over) {
      way.waiting.add(arrives);
      pump(way, from, to);
    }
  }

  private void pump(Way way, String from, String to) {
    if (way.pumping || way.waiting.isEmpty()) {
      return;
    }
    way.pumping = true;
    way.last = Math.max(way.last, time.now() + network.delay());
    time.at(way.last, () -> arrive(way, from, to));
  }

  private void arrive(Way way, String from, String to) {
    way.pumping = false;
    if (over) {
      return;
    }
    if (network.isCut(from, to) || network.isCut(to, from)) {
      way.last = time.now() + RETRANSMIT;
    } else {
      way.waiting.remove().run();
    }
    pump(way, from, to);
  }

  private void watch() {
    time.after(
        1_000_000_000L,
        () -> {
          if (over) {
            return;
          }
          boolean cut =
              network.isCut(agent.name, controller.host)
                  || network.isCut(controller.host, agent.name);
          cutSince = !cut ? -1 : cutSince < 0 ? time.now() : cutSince;
          if (cut && time.now() - cutSince >= PATIENCE) {
            end();
          }
          watch();
        });
  }

  @Override
  public void close(Refusal refusal, String sentence) {
    end();
  }

  /** Both sides hear of it, if they live. */
  void end() {
    if (!over) {
      over = true;
      controller.disconnected(this);
      agent.disconnected(this);
    }
  }
}
