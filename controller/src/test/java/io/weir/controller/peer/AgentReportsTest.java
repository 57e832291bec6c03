package io.weir.controller.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import io.weir.v1.AgentGone;
import io.weir.v1.AgentHere;
import io.weir.v1.AgentMessage;
import io.weir.v1.Assignment;
import io.weir.v1.ControllerMessage;
import io.weir.v1.Dismissal;
import io.weir.v1.FollowerMessage;
import io.weir.v1.FollowerStanding;
import io.weir.v1.FromAgent;
import io.weir.v1.HealthReport;
import io.weir.v1.LeaderMessage;
import io.weir.v1.LoadReport;
import io.weir.v1.Metadata;
import io.weir.v1.Observation;
import io.weir.v1.Resource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What waits between two controllers while the transport does not take it. */
final class AgentReportsTest {
  private final AgentReports reports = new AgentReports();
  private final AgentOutboxes outboxes = new AgentOutboxes();

  private static FollowerMessage here(String name, String pool) {
    return FollowerMessage.newBuilder()
        .setHere(
            AgentHere.newBuilder()
                .setAgent(Resource.newBuilder().setMetadata(Metadata.newBuilder().setName(name)))
                .addPools(pool))
        .build();
  }

  private static FollowerMessage gone(String name) {
    return FollowerMessage.newBuilder().setGone(AgentGone.newBuilder().setAgent(name)).build();
  }

  private static FollowerMessage health(String name, boolean complete, String... endpoints) {
    HealthReport.Builder report = HealthReport.newBuilder().setComplete(complete);
    for (String endpoint : endpoints) {
      report.addObservations(Observation.newBuilder().setPool("p").setEndpoint(endpoint));
    }
    return from(name, AgentMessage.newBuilder().setHealth(report).build());
  }

  private static FollowerMessage from(String name, AgentMessage message) {
    return FollowerMessage.newBuilder()
        .setFrom(FromAgent.newBuilder().setAgent(name).setMessage(message))
        .build();
  }

  private List<FollowerMessage> all() {
    List<FollowerMessage> all = new ArrayList<>();
    while (!reports.isEmpty()) {
      all.add(reports.take());
    }
    return all;
  }

  @Test
  void whatWaitedIsAsOldAsItIsWhenTheNewestIsSaid() {
    reports.put(observed("1", 7_000, 200));
    reports.put(observed("2", 9_500, 300));
    assertThat(all())
        .containsExactly(
            from(
                "a",
                AgentMessage.newBuilder()
                    .setHealth(
                        HealthReport.newBuilder()
                            .setSent(Durations.fromMillis(9_500))
                            .addObservations(observation("1", 2_700))
                            .addObservations(observation("2", 300)))
                    .build()));
  }

  private static FollowerMessage observed(String endpoint, long sentMillis, long probedMillis) {
    HealthReport.Builder report =
        HealthReport.newBuilder()
            .setSent(Durations.fromMillis(sentMillis))
            .addObservations(observation(endpoint, probedMillis));
    return from("a", AgentMessage.newBuilder().setHealth(report).build());
  }

  private static Observation observation(String endpoint, long probedMillis) {
    return Observation.newBuilder()
        .setPool("p")
        .setEndpoint(endpoint)
        .setProbed(Durations.fromMillis(probedMillis))
        .build();
  }

  @Test
  void ofWhatAnAgentSaysTheNewestOfEachKindWaitsAndOfItsEndpointsAll() {
    AgentMessage load = AgentMessage.newBuilder().setLoad(LoadReport.getDefaultInstance()).build();
    reports.put(here("a", "old"));
    reports.put(health("a", false, "1"));
    reports.put(from("a", load));
    reports.put(here("a", "new"));
    reports.put(health("a", false, "2"));
    reports.put(from("a", load));
    assertThat(all())
        .containsExactly(here("a", "new"), health("a", false, "1", "2"), from("a", load));
  }

  @Test
  void aCompleteReportReplacesWhatWaitsAndStaysCompleteWithWhatFollows() {
    reports.put(health("a", false, "1"));
    reports.put(health("a", true, "2"));
    reports.put(health("a", false, "3"));
    assertThat(all()).containsExactly(health("a", true, "2", "3"));
  }

  @Test
  void anAgentThatIsGoneIsGoneBeforeItIsBackAndTakesWhatItSaidWithIt() {
    reports.put(health("a", false, "1"));
    reports.put(gone("a"));
    reports.put(here("a", "p"));
    assertThat(all()).containsExactly(gone("a"), here("a", "p"));
  }

  @Test
  void agentsTakeTurnsAndHowFarTheStoreWasSeenComesAfterThemAll() {
    FollowerMessage standing =
        FollowerMessage.newBuilder()
            .setStanding(FollowerStanding.newBuilder().setRevision(7))
            .build();
    reports.put(standing);
    reports.put(here("a", "p"));
    reports.put(health("a", false, "1"));
    reports.put(here("b", "p"));
    assertThat(all())
        .containsExactly(here("a", "p"), here("b", "p"), health("a", false, "1"), standing);
  }

  @Test
  void toAnAgentThatIsSentAwayNothingElseIsSaid() {
    ControllerMessage assignment =
        ControllerMessage.newBuilder().setAssignment(Assignment.getDefaultInstance()).build();
    Dismissal dismissal = Dismissal.newBuilder().setAgent("a").build();
    outboxes.put("a", assignment);
    outboxes.put("b", assignment);
    outboxes.put(dismissal);
    assertThat(outboxes.take())
        .isEqualTo(LeaderMessage.newBuilder().setDismissal(dismissal).build());
    assertThat(outboxes.take().getTo().getAgent()).isEqualTo("b");
    assertThat(outboxes.isEmpty()).isTrue();
  }
}
