package io.weir.agent.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.balance.EndpointStates;
import io.weir.v1.GossipLoads;
import org.junit.jupiter.api.Test;

final class InFlightBoardTest {
  private static final long MILLI = 1_000_000L;

  private final EndpointStates states = new EndpointStates();
  private final InFlightBoard board = new InFlightBoard(states);

  @Test
  void tellsNothingOfEndpointsThatAreIdle() {
    states.of(new EndpointStates.Key("pool", "x:1"));
    assertThat(board.tell(0).getLoadsCount()).isZero();
  }

  @Test
  void takesInOnlyEndpointsThatThisAgentHas() {
    states.of(new EndpointStates.Key("pool", "x:1"));
    board.hear("b", loads("x:1", 5), 0);
    board.hear("b", loads("y:1", 5), 0);
    board.publish(100 * MILLI);
    assertThat(states.all()).hasSize(1);
  }

  private static GossipLoads loads(String endpoint, int inFlight) {
    return GossipLoads.newBuilder()
        .addLoads(
            GossipLoads.Load.newBuilder()
                .setPool("pool")
                .setEndpoint(endpoint)
                .setInFlight(inFlight))
        .build();
  }
}
