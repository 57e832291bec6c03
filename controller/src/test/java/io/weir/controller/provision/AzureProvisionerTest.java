package io.weir.controller.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.v1.AzureHook;
import io.weir.v1.ScaleHook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AzureProvisionerTest {
  private static final AzureHook HOOK =
      AzureHook.newBuilder()
          .setSubscription("sub")
          .setResourceGroup("rg")
          .setScaleSet("web")
          .setPort(80)
          .build();

  @TempDir Path dir;
  private FakeScaleSet azure;
  private Provisioner provisioner;

  @BeforeEach
  void aScaleSet() throws IOException {
    azure = new FakeScaleSet();
    azure.scaleTo(3);
    azure.machines.replaceAll((_, _) -> "Succeeded");
    provisioner = provisioner(Map.of());
  }

  private Provisioner provisioner(Map<String, String> environment) {
    HttpCalls calls =
        new HttpCalls(Duration.ofSeconds(2), Optional.empty(), InstantSource.system());
    return new AzureProvisioner(
        HOOK,
        azure.api.uri(),
        new AzureToken(environment, azure.api.uri(), calls, InstantSource.system()),
        calls);
  }

  @AfterEach
  void close() {
    provisioner.close();
    azure.close();
  }

  private static Order order(int from, int desired) {
    return new Order("a", "web", "backend", from, desired, "because");
  }

  @Test
  void listsInstancesWithTheAddressesOfTheirInterfacesAndZones() throws Exception {
    azure.machines.put("1", "Creating");
    azure.machines.put("2", "Deleting");

    assertThat(provisioner.list())
        .containsExactly(
            new Provisioned(
                "0", Optional.of("10.2.0.0:80"), Provisioned.State.RUNNING, "westeurope-1"),
            new Provisioned(
                "1", Optional.of("10.2.0.1:80"), Provisioned.State.PENDING, "westeurope-2"),
            new Provisioned(
                "2", Optional.of("10.2.0.2:80"), Provisioned.State.ENDING, "westeurope-3"));
    assertThat(azure.tokens).isEqualTo(1);
    azure.zonal = false;
    assertThat(provisioner.list()).extracting(Provisioned::zone).containsOnly("");
  }

  @Test
  void raisesCapacityOnceAndTakesNothingBack() throws Exception {
    var _ = provisioner.scaleOut(order(3, 5));
    var _ = provisioner.scaleOut(order(3, 5));
    assertThat(azure.capacity).isEqualTo(5);
    azure.scaleTo(9);

    var _ = provisioner.scaleOut(order(3, 5));

    assertThat(azure.capacity).isEqualTo(9);
  }

  @Test
  void looksAgainWhenSomebodyElseChangedTheScaleSet() throws Exception {
    azure.meanwhile = () -> azure.scaleTo(7);

    var _ = provisioner.scaleOut(order(3, 5));

    assertThat(azure.capacity).isEqualTo(7);
  }

  @Test
  void comesBackWhenAnotherOperationIsUnderWay() {
    azure.busy = true;

    assertThatThrownBy(() -> provisioner.scaleOut(order(3, 5)))
        .isInstanceOfSatisfying(ProvisionException.class, e -> assertThat(e.retryable()).isTrue())
        .hasMessage(azure.api.uri() + " answered 409: Another operation is in progress.");
  }

  @Test
  void deletesThoseOnceAndLeavesOutWhatIsGone() throws Exception {
    var _ = provisioner.scaleIn(order(3, 1), List.of("0", "2", "17"));
    var _ = provisioner.scaleIn(order(3, 1), List.of("0", "2", "17"));

    assertThat(azure.capacity).isEqualTo(1);
    assertThat(azure.machines)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("0", "Deleting", "1", "Succeeded", "2", "Deleting"));
  }

  @Test
  void getsAnotherTokenWhenTheOneItHadIsRefused() throws Exception {
    var _ = provisioner.list();
    azure.tokens = 40;

    assertThatThrownBy(() -> provisioner.list())
        .isInstanceOf(ProvisionException.class)
        .hasMessageContaining("answered 401");
    assertThat(provisioner.list()).hasSize(3);
  }

  @Test
  void isAWorkloadIdentityWhereTheEnvironmentSaysSo() throws Exception {
    Path file = dir.resolve("token");
    Files.writeString(file, "federated-token\n");
    try (Provisioner workload =
        provisioner(
            Map.of(
                "AZURE_CLIENT_ID",
                "client-1",
                "AZURE_TENANT_ID",
                "tenant-1",
                "AZURE_FEDERATED_TOKEN_FILE",
                file.toString(),
                "AZURE_AUTHORITY_HOST",
                azure.api.uri().toString()))) {
      assertThat(workload.list()).hasSize(3);
    }
  }

  @Test
  void sendsItsTokenToNobodyElse() {
    ScaleHook hook =
        ScaleHook.newBuilder()
            .setAzure(HOOK.toBuilder().setApi("https://management.azure.com.example.com"))
            .build();

    assertThatThrownBy(() ->
            new Provisioners(new Settings("test", Optional.empty(), dir, dir)).of("web", hook))
        .isInstanceOf(ProvisionException.class)
        .hasMessage(
            "credentials are not sent to https://management.azure.com.example.com, which is not of"
                + " the provider");
  }
}
