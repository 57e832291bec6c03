package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.weir.v1.ClusterResponse;
import io.weir.v1.ControllerStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several controllers, seen from the command line. */
final class ControllersTest {
  private final Ctl ctl = new Ctl();

  @BeforeEach
  void three() {
    ctl.admin.cluster(
        ClusterResponse.newBuilder()
            .setTerm(5)
            .setRevision(12)
            .addControllers(controller("11111111-a", "10.0.0.1:7400", 12).setAgents(3))
            .addControllers(controller("22222222-b", "10.0.0.2:7400", 12).setLeading(true))
            .addControllers(controller("33333333-c", "10.0.0.3:7400", 0))
            .build());
  }

  private static ControllerStatus.Builder controller(String id, String address, long revision) {
    long since = Ctl.NOW.getEpochSecond() - 3_600;
    return ControllerStatus.newBuilder()
        .setId(id)
        .setAddress(address)
        .setVersion("0.1.0")
        .setRevision(revision)
        .setSince(Timestamp.newBuilder().setSeconds(since));
  }

  @AfterEach
  void close() {
    ctl.close();
  }

  @Test
  void are_listed_with_the_one_that_leads() {
    assertThat(ctl.run("controllers").out())
        .isEqualTo(
            """
            ADDRESS         ROLE              AGENTS   REVISION   VERSION   AGE   ID
            10.0.0.1:7400   follower          3        12         0.1.0     60m   11111111
            10.0.0.2:7400   leader (term 5)   0        12         0.1.0     60m   22222222
            10.0.0.3:7400   follower          ?        ?          0.1.0     60m   33333333
            """);
  }

  @Test
  void are_named_by_status() {
    assertThat(ctl.run("status").out())
        .contains("\nControllers: 3; 10.0.0.2:7400 leads in term 5\n");
  }

  @Test
  void are_tried_one_after_the_other() throws IOException {
    int nobody;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = socket.getLocalPort();
    }
    String list = "127.0.0.1:" + nobody + "," + ctl.address();
    assertThat(Ctl.plain("", "--controller", list, "status").out())
        .startsWith("Controller " + ctl.address() + " at revision");
    assertThat(Ctl.plain("", "--controller", "127.0.0.1:" + nobody + ",nonsense", "status").err())
        .contains("must be HOST:PORT");
  }
}
