package io.weir.agent.gossip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class StateExchangeTest {
  /** Answers what it is sent. */
  private static final StateExchange.Receiver ECHO =
      new StateExchange.Receiver() {
        @Override
        public void received(
            InetSocketAddress from, byte[] packet, CompletableFuture<Optional<byte[]>> answer) {
          answer.complete(Optional.of(packet));
        }

        @Override
        public void oversized() {}
      };

  @Test
  void oneAddressThatIsSlowTakesNotAllTheRoom() throws IOException {
    List<Socket> sockets = new ArrayList<>();
    try (ServerSocket server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress())) {
      new StateExchange(server, ECHO).start();
      for (int i = 0; i < StateExchange.CONNECTIONS_PER_ADDRESS + 3; i++) {
        sockets.add(new Socket(server.getInetAddress(), server.getLocalPort()));
      }
      await()
          .atMost(Duration.ofSeconds(4))
          .until(() -> sockets.stream().filter(StateExchangeTest::isClosed).count() == 3);
      // The others are served, and make room.
      for (Socket socket : sockets.subList(0, StateExchange.CONNECTIONS_PER_ADDRESS)) {
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeInt(1);
        out.write(7);
        socket.setSoTimeout(5_000);
        assertThat(socket.getInputStream().readNBytes(5)).containsExactly(0, 0, 0, 1, 7);
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static boolean isClosed(Socket socket) {
    try {
      socket.setSoTimeout(1);
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
