package io.weir.controller.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.v1.Assignment;
import io.weir.v1.ControllerMessage;
import io.weir.v1.EndpointVerdict;
import io.weir.v1.Verdict;
import io.weir.v1.Verdicts;
import io.weir.v1.Verify;
import io.weir.v1.Welcome;
import org.junit.jupiter.api.Test;

final class OutboxTest {
  private final Outbox outbox = new Outbox();

  private static ControllerMessage verdict(
      long version, boolean complete, String endpoint, Verdict verdict) {
    return ControllerMessage.newBuilder()
        .setVerdicts(
            Verdicts.newBuilder()
                .setVersion(version)
                .setComplete(complete)
                .addEndpoints(
                    EndpointVerdict.newBuilder().setEndpoint(endpoint).setVerdict(verdict)))
        .build();
  }

  private static ControllerMessage verify(String endpoint) {
    return ControllerMessage.newBuilder()
        .setVerify(Verify.newBuilder().addTargets(Verify.Target.newBuilder().setEndpoint(endpoint)))
        .build();
  }

  private static ControllerMessage assignment(long version) {
    return ControllerMessage.newBuilder()
        .setAssignment(Assignment.newBuilder().setVersion(version))
        .build();
  }

  @Test
  void aWelcomeGoesFirst() {
    outbox.put(assignment(1));
    outbox.put(ControllerMessage.newBuilder().setWelcome(Welcome.getDefaultInstance()).build());
    assertThat(outbox.take().message().hasWelcome()).isTrue();
    assertThat(outbox.take().message().hasAssignment()).isTrue();
    assertThat(outbox.isEmpty()).isTrue();
  }

  @Test
  void theNewestAssignmentIsEnough() {
    outbox.put(assignment(1));
    outbox.put(assignment(2));
    assertThat(outbox.take().message().getAssignment().getVersion()).isEqualTo(2);
    assertThat(outbox.isEmpty()).isTrue();
  }

  @Test
  void verdictsThatWaitBecomeOne() {
    outbox.put(verdict(1, true, "a", Verdict.VERDICT_UNHEALTHY));
    outbox.put(verdict(2, false, "b", Verdict.VERDICT_UNHEALTHY));
    outbox.put(verdict(3, false, "a", Verdict.VERDICT_HEALTHY));
    Verdicts merged = outbox.take().message().getVerdicts();
    assertThat(merged.getVersion()).isEqualTo(3);
    assertThat(merged.getComplete()).isTrue();
    assertThat(merged.getEndpointsList())
        .extracting(EndpointVerdict::getEndpoint, EndpointVerdict::getVerdict)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("a", Verdict.VERDICT_HEALTHY),
            org.assertj.core.groups.Tuple.tuple("b", Verdict.VERDICT_UNHEALTHY));
    outbox.put(verdict(4, false, "b", Verdict.VERDICT_HEALTHY));
    outbox.put(verdict(5, true, "c", Verdict.VERDICT_UNHEALTHY));
    assertThat(outbox.take().message().getVerdicts().getEndpointsList()).hasSize(1);
  }

  @Test
  void whatToVerifyIsCollectedOnce() {
    outbox.put(verify("a"));
    outbox.put(verify("b"));
    outbox.put(verify("a"));
    assertThat(outbox.take().message().getVerify().getTargetsList())
        .extracting(Verify.Target::getEndpoint)
        .containsExactly("a", "b");
  }
}
