package io.weir.controller.hooks.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.controller.provision.Order;
import io.weir.controller.provision.ProvisionException;
import io.weir.controller.provision.Provisioned;
import io.weir.controller.provision.Provisioner;
import io.weir.controller.provision.ProvisionerFactory;
import io.weir.v1.GcpHook;
import io.weir.v1.ScaleHook;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class GcpProvisionerTest {
  private static final String ONE = "zones/europe-west3-a/instances/web-1";
  private static final String TWO = "zones/europe-west3-b/instances/web-2";
  private static final String THREE = "zones/europe-west3-a/instances/web-3";

  private FakeCompute compute;
  private Provisioner provisioner;
  private String token = "ya29.token";

  @BeforeEach
  void aGroup() throws IOException, ProvisionException {
    compute = new FakeCompute();
    compute.scaleTo(3);
    compute.instances.replaceAll((_, _) -> "NONE");
    provisioner = GcpProvisionerFactory.open(hook(compute.api()), () -> token);
  }

  private static ScaleHook hook(String api) {
    return ScaleHook.newBuilder()
        .setGcp(
            GcpHook.newBuilder()
                .setProject("shop")
                .setRegion("europe-west3")
                .setGroup("web")
                .setPort(80)
                .setApi(api))
        .build();
  }

  @AfterEach
  void close() {
    provisioner.close();
    compute.close();
  }

  private static Order order(String key, int from, int desired) {
    return new Order(key, "web", "backend", from, desired, "because");
  }

  @Test
  void listsInstancesWithTheirAddressesAndZones() throws Exception {
    compute.instances.put(TWO, "CREATING");
    compute.instances.put(THREE, "DELETING");

    assertThat(provisioner.list())
        .containsExactly(
            new Provisioned(
                ONE, Optional.of("10.4.0.1:80"), Provisioned.State.RUNNING, "europe-west3-a"),
            new Provisioned(TWO, Optional.empty(), Provisioned.State.PENDING, "europe-west3-b"),
            new Provisioned(
                THREE, Optional.of("10.4.0.3:80"), Provisioned.State.ENDING, "europe-west3-a"));
    compute.calls.clear();
    assertThat(provisioner.list()).hasSize(3);
    assertThat(compute.calls).noneMatch(call -> call.startsWith("GET"));
  }

  @Test
  void raisesTheSizeOnceAndTakesNothingBack() throws Exception {
    var _ = provisioner.scaleOut(order("a", 3, 5));
    var _ = provisioner.scaleOut(order("a", 3, 5));
    assertThat(compute.size).isEqualTo(5);
    compute.scaleTo(8);

    var _ = provisioner.scaleOut(order("a", 3, 5));

    assertThat(compute.size).isEqualTo(8);
  }

  @Test
  void isKnownAgainByItsRequestIdEvenIfSomebodyElseLoweredTheSize() throws Exception {
    var _ = provisioner.scaleOut(order("a", 3, 5));
    compute.size = 4;

    var _ = provisioner.scaleOut(order("a", 3, 5));

    assertThat(compute.size).isEqualTo(4);
  }

  @Test
  void deletesThoseOnceAndLeavesOutWhatIsGone() throws Exception {
    var _ = provisioner.scaleIn(order("b", 3, 1), List.of(ONE, THREE, "zones/z/instances/gone"));
    var _ = provisioner.scaleIn(order("b", 3, 1), List.of(ONE, THREE, "zones/z/instances/gone"));

    assertThat(compute.size).isEqualTo(1);
    assertThat(compute.instances)
        .containsEntry(ONE, "DELETING")
        .containsEntry(TWO, "NONE")
        .containsEntry(THREE, "DELETING");
  }

  @Test
  void tellsWhatMayPassFromWhatWillNot() {
    compute.failures.addAll(List.of("403 rateLimitExceeded", "403 forbidden", "503 backendError"));

    for (boolean retryable : List.of(true, false, true)) {
      assertThatThrownBy(() -> provisioner.list())
          .isInstanceOfSatisfying(
              ProvisionException.class, e -> assertThat(e.retryable()).isEqualTo(retryable))
          .hasMessageEndingWith(": as asked for");
    }
  }

  @Test
  void doesNotSayWhatItsTokenIs() {
    token = "ya29.expired";

    assertThatThrownBy(() -> provisioner.list())
        .isInstanceOf(ProvisionException.class)
        .hasMessageEndingWith("answered 401: Invalid Credentials");
  }

  @Test
  void sendsItsTokenToNobodyElse() {
    assertThatThrownBy(() ->
            GcpProvisionerFactory.open(hook("https://googleapis.com.example.com"), () -> token))
        .isInstanceOf(ProvisionException.class)
        .hasMessageContaining("credentials are not sent to");
  }

  @Test
  void isFoundByAController() {
    assertThat(ServiceLoader.load(ProvisionerFactory.class))
        .anyMatch(factory -> factory.kind() == ScaleHook.KindCase.GCP);
  }
}
