package io.weir.controller.hooks.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.controller.provision.Order;
import io.weir.controller.provision.ProvisionException;
import io.weir.controller.provision.Provisioned;
import io.weir.controller.provision.Provisioner;
import io.weir.controller.provision.ProvisionerFactory;
import io.weir.v1.AwsHook;
import io.weir.v1.ScaleHook;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

final class AwsProvisionerTest {
  private FakeAws aws;
  private Provisioner provisioner;

  @BeforeEach
  void aGroup() throws IOException, ProvisionException {
    aws = new FakeAws();
    aws.scaleTo(3);
    aws.instances.replaceAll((_, _) -> "InService");
    provisioner = open(aws.uri().toString(), FakeAws.SECRET_KEY);
  }

  private static Provisioner open(String api, String secret) throws ProvisionException {
    return AwsProvisionerFactory.open(
        ScaleHook.newBuilder()
            .setAws(
                AwsHook.newBuilder()
                    .setGroup("web")
                    .setRegion("eu-central-1")
                    .setPort(80)
                    .setApi(api))
            .build(),
        StaticCredentialsProvider.create(AwsBasicCredentials.create(FakeAws.ACCESS_KEY, secret)));
  }

  @AfterEach
  void close() {
    provisioner.close();
    aws.close();
  }

  private static Order order(int from, int desired) {
    return new Order("a", "web", "backend", from, desired, "because");
  }

  @Test
  void listsInstancesWithTheirPrivateAddressesAndZones() throws Exception {
    aws.instances.put("i-2", "Pending");
    aws.instances.put("i-3", "Terminating:Wait");

    assertThat(provisioner.list())
        .containsExactly(
            new Provisioned(
                "i-1", Optional.of("10.3.0.1:80"), Provisioned.State.RUNNING, "eu-central-1a"),
            new Provisioned("i-2", Optional.empty(), Provisioned.State.PENDING, "eu-central-1b"),
            new Provisioned(
                "i-3", Optional.of("10.3.0.3:80"), Provisioned.State.ENDING, "eu-central-1a"));
    aws.instances.put("i-2", "InService");
    assertThat(provisioner.list().get(1).address()).contains("10.3.0.2:80");
    aws.actions.clear();
    assertThat(provisioner.list()).hasSize(3);
    assertThat(aws.actions).containsExactly("DescribeAutoScalingGroups");
  }

  @Test
  void raisesCapacityOnceAndTakesNothingBack() throws Exception {
    var _ = provisioner.scaleOut(order(3, 5));
    var _ = provisioner.scaleOut(order(3, 5));
    assertThat(aws.desired).isEqualTo(5);
    assertThat(aws.actions).containsOnlyOnce("SetDesiredCapacity");
    aws.scaleTo(8);

    var _ = provisioner.scaleOut(order(3, 5));

    assertThat(aws.desired).isEqualTo(8);
  }

  @Test
  void terminatesThoseOnceAndLowersCapacityByThem() throws Exception {
    var _ = provisioner.scaleIn(order(3, 1), List.of("i-1", "i-3", "i-99"));
    var _ = provisioner.scaleIn(order(3, 1), List.of("i-1", "i-3", "i-99"));

    assertThat(aws.desired).isEqualTo(1);
    assertThat(aws.instances)
        .containsEntry("i-1", "Terminating")
        .containsEntry("i-2", "InService")
        .containsEntry("i-3", "Terminating");
  }

  @Test
  void letsATerminationOnThatWaitsForAHookOfWeir() throws Exception {
    aws.hooks.add("weir-drain");
    var _ = provisioner.scaleIn(order(3, 2), List.of("i-1"));
    // Of itself, for another reason: nothing is drained there.
    aws.instances.put("i-2", "Terminating:Wait");

    var _ = provisioner.list();

    assertThat(aws.instances).doesNotContainKey("i-1").containsEntry("i-2", "Terminating:Wait");
  }

  @Test
  void leavesHooksOfOthersAlone() throws Exception {
    aws.hooks.add("upload-logs");
    var _ = provisioner.scaleIn(order(3, 2), List.of("i-1"));

    var _ = provisioner.list();

    assertThat(aws.instances).containsEntry("i-1", "Terminating:Wait");
    assertThat(aws.actions).doesNotContain("CompleteLifecycleAction");
  }

  @Test
  void tellsWhatMayPassFromWhatWillNot() {
    assertThatThrownBy(() -> provisioner.scaleOut(order(3, 11)))
        .isInstanceOfSatisfying(ProvisionException.class, e -> assertThat(e.retryable()).isFalse())
        .hasMessage(
            "AWS answered 400 ValidationError: New SetDesiredCapacity value is above max value.");
    aws.failures.add("400 ScalingActivityInProgress");
    assertThatThrownBy(() -> provisioner.scaleOut(order(3, 5)))
        .isInstanceOfSatisfying(ProvisionException.class, e -> assertThat(e.retryable()).isTrue());
  }

  @Test
  void goesOnAfterWhatPasses() throws Exception {
    aws.failures.add("503 ServiceUnavailable");
    aws.failures.add("400 Throttling");

    var _ = provisioner.scaleOut(order(3, 5));

    assertThat(aws.desired).isEqualTo(5);
  }

  @Test
  void isNobodyWithAnotherSecret() throws Exception {
    try (Provisioner stranger = open(aws.uri().toString(), "wrong")) {
      assertThatThrownBy(stranger::list)
          .isInstanceOf(ProvisionException.class)
          .hasMessage(
              "AWS answered 403 SignatureDoesNotMatch: The request signature does not match.");
    }
  }

  @Test
  void sendsNothingToNobodyElse() {
    assertThatThrownBy(() -> open("https://example.com", "x"))
        .isInstanceOf(ProvisionException.class)
        .hasMessageContaining("credentials are not sent to https://example.com");
  }

  @Test
  void isFoundByAController() {
    assertThat(ServiceLoader.load(ProvisionerFactory.class))
        .anyMatch(factory -> factory.kind() == ScaleHook.KindCase.AWS);
  }
}
