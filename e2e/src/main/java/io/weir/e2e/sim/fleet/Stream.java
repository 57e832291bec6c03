package io.weir.e2e.sim.fleet;

import io.weir.controller.reconcile.AgentChannel;
import io.weir.controller.reconcile.Encoded;
import io.weir.e2e.sim.kernel.Network;
import io.weir.e2e.sim.kernel.VirtualTime;
import io.weir.v1.AgentMessage;
import io.weir.v1.ControllerMessage;

/** The stream between an agent and a controller, over for both once one of them is gone. */
final class Stream implements AgentChannel {
  private final SimAgent agent;
  private final SimController controller;
  private final Pipe pipe;

  Stream(VirtualTime time, Network network, SimAgent agent, SimController controller) {
    this.agent = agent;
    this.controller = controller;
    this.pipe =
        new Pipe(
            time,
            network,
            agent.name,
            controller.host,
            () -> agent.isPaused() || controller.isPaused(),
            this::ended);
  }

  SimController controller() {
    return controller;
  }

  boolean isOver() {
    return pipe.isOver();
  }

  /** From the agent. */
  void send(AgentMessage message) {
    pipe.there(() -> controller.receive(this, message));
  }

  @Override
  public void send(ControllerMessage message) {
    controller.told(message);
    pipe.back(() -> agent.receive(this, message));
  }

  @Override
  public void send(Encoded configuration) {
    send(configuration.message());
  }

  @Override
  public void close(Refusal refusal, String sentence) {
    end();
  }

  void end() {
    pipe.end();
  }

  /** Both sides hear of it, if they live. */
  private void ended() {
    controller.disconnected(this);
    agent.disconnected(this);
  }
}
