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
    board.look();
    assertThat(board.tell(0).getLoadsCount()).isZero();
  }

  @Test
  void takesInOnlyEndpointsThatThisAgentHasAndForgetsThemWhenStale() {
    states.of(new EndpointStates.Key("pool", "x:1"));
    board.look();
    board.hear("b", loads("x:1", 5), 0);
    board.hear("c", loads("x:1", 2), 200 * MILLI);
    board.hear("b", loads("y:1", 5), 0);
    assertThat(board.heard(new EndpointStates.Key("pool", "x:1"))).isEqualTo(7);
    assertThat(board.heard(new EndpointStates.Key("pool", "y:1"))).isZero();
    board.publish(300 * MILLI);
    assertThat(board.heard(new EndpointStates.Key("pool", "x:1"))).isEqualTo(2);
    board.publish(600 * MILLI);
    assertThat(board.heard(new EndpointStates.Key("pool", "x:1"))).isZero();
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
