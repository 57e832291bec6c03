package io.weir.controller.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.weir.v1.KubernetesHook;
import io.weir.v1.ScaleHook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KubernetesProvisionerTest {
  @TempDir Path account;
  private FakeKubernetes cluster;
  private Provisioner provisioner;

  @BeforeEach
  void aDeployment() throws IOException, ProvisionException {
    cluster = new FakeKubernetes();
    cluster.replicas = 3;
    cluster.settle();
    Files.writeString(account.resolve("token"), "token-1\n");
    provisioner = open(cluster.api.uri().toString());
  }

  private Provisioner open(String api) throws ProvisionException {
    return new Provisioners(new Settings("test", Optional.empty(), account, account))
        .of(
            "web",
            ScaleHook.newBuilder()
                .setKubernetes(
                    KubernetesHook.newBuilder()
                        .setNamespace("shop")
                        .setName("web")
                        .setPort(8080)
                        .setApi(api))
                .build());
  }

  @AfterEach
  void close() {
    provisioner.close();
    cluster.close();
  }

  private static Order order(String key, int from, int desired) {
    return new Order(key, "web", "backend", from, desired, "because");
  }

  @Test
  void listsThePodsOfTheSelector() throws Exception {
    cluster.working = false;
    cluster
        .pods
        .get(1)
        .getAsJsonObject("metadata")
        .addProperty("deletionTimestamp", "2026-01-01T00:00:00Z");
    cluster.pods.get(2).getAsJsonObject("status").addProperty("phase", "Failed");
    JsonObject starting = FakeKubernetes.pod("web-9", "");
    starting.getAsJsonObject("status").addProperty("phase", "Pending");
    cluster.pods.add(starting);
    cluster.pods.add(FakeKubernetes.pod("web-10", "fd00::1"));
    cluster.page = 2;

    assertThat(provisioner.list())
        .containsExactly(
            new Provisioned("web-1", Optional.of("10.1.0.1:8080"), Provisioned.State.RUNNING),
            new Provisioned("web-2", Optional.of("10.1.0.2:8080"), Provisioned.State.ENDING),
            new Provisioned("web-9", Optional.empty(), Provisioned.State.PENDING),
            new Provisioned("web-10", Optional.of("[fd00::1]:8080"), Provisioned.State.RUNNING));
  }

  private void place(int pod, String node) {
    JsonObject spec = new JsonObject();
    spec.addProperty("nodeName", node);
    cluster.pods.get(pod).add("spec", spec);
  }

  private void say(int pod, String where, String zone) {
    JsonObject metadata = cluster.pods.get(pod).getAsJsonObject("metadata");
    metadata.add(where, Json.object(FakeKubernetes.ZONE, new JsonPrimitive(zone)));
  }

  @Test
  void tellsTheZoneOfAPodOrOfItsNode() throws Exception {
    cluster.nodes.put("n1", "a");
    place(0, "n1");
    place(1, "n1");
    say(1, "labels", "b");
    say(2, "annotations", "c");

    assertThat(provisioner.list()).extracting(Provisioned::zone).containsExactly("a", "b", "c");
    assertThat(provisioner.list()).extracting(Provisioned::zone).containsExactly("a", "b", "c");
    assertThat(cluster.nodesRead).isOne();
  }

  @Test
  void listsPodsWhoseNodesItMayNotRead() throws Exception {
    cluster.forbidden = true;
    place(0, "n1");
    place(1, "n2");

    assertThat(provisioner.list()).extracting(Provisioned::zone).containsOnly("");
    assertThat(provisioner.list()).hasSize(3);
    assertThat(cluster.nodesRead).isOne();
  }

  @Test
  void raisesTheNumberOfReplicasOnce() throws Exception {
    var _ = provisioner.scaleOut(order("a", 3, 5));
    var _ = provisioner.scaleOut(order("a", 3, 5));

    assertThat(cluster.replicas).isEqualTo(5);
    assertThat(cluster.version).isEqualTo(101);
  }

  @Test
  void takesNothingBackThatSomebodyElseAskedFor() throws Exception {
    cluster.scaleTo(8);

    var _ = provisioner.scaleOut(order("a", 3, 5));

    assertThat(cluster.replicas).isEqualTo(8);
  }

  @Test
  void seesAChangeInBetween() throws Exception {
    cluster.meanwhile = () -> cluster.meanwhile = () -> cluster.version++;

    var _ = provisioner.scaleOut(order("a", 3, 5));

    assertThat(cluster.replicas).isEqualTo(5);
    assertThat(cluster.api.calls.stream().filter(call -> call.method().equals("PATCH"))).hasSize(2);
  }

  @Test
  void hasThoseGoThatWereDrainedAndNoOthers() throws Exception {
    var _ = provisioner.scaleIn(order("b", 3, 1), List.of("web-1", "web-3"));

    assertThat(cluster.names()).containsExactly("web-2");
  }

  @Test
  void takesNoFurtherPodWhenItRepeatsItself() throws Exception {
    cluster.working = false;
    var _ = provisioner.scaleIn(order("b", 3, 2), List.of("web-3"));
    cluster.scaleTo(cluster.replicas);

    // The pod is still there, as the deployment's controller was slow.
    var _ = provisioner.scaleIn(order("b", 3, 2), List.of("web-3"));
    cluster.working = true;
    cluster.settle();
    var _ = provisioner.scaleIn(order("b", 3, 2), List.of("web-3"));

    assertThat(cluster.names()).containsExactly("web-1", "web-2");
  }

  @Test
  void doesNothingMoreForAnOrderThatIsDoneWhateverSomebodyElseAsksFor() throws Exception {
    cluster.unready.add("web-1");
    var _ = provisioner.scaleIn(order("b", 3, 2), List.of("web-3"));
    cluster.scaleTo(4);
    cluster.settle();

    var _ = provisioner.scaleIn(order("b", 3, 2), List.of("web-3"));

    assertThat(cluster.replicas).isEqualTo(4);
  }

  @Test
  void replacesAPodThatWasSparedForOneThatWasNotReady() throws Exception {
    cluster.unready.add("web-1");
    var _ = provisioner.scaleIn(order("b", 3, 2), List.of("web-3"));
    assertThat(cluster.names()).containsExactly("web-2", "web-3");

    assertThat(provisioner.list())
        .contains(new Provisioned("web-3", Optional.of("10.1.0.3:8080"), Provisioned.State.ENDING));

    assertThat(cluster.names()).containsExactly("web-2", "web-4");
  }

  @Test
  void takesNoPodThatWasNotDrainedWhenThereAreMoreThanItKnewOf() throws Exception {
    cluster.scaleTo(6);
    cluster.settle();

    var _ = provisioner.scaleIn(order("b", 3, 2), List.of("web-2"));

    assertThat(cluster.names()).containsExactly("web-1", "web-3", "web-4", "web-5", "web-6");
  }

  @Test
  void readsTheTokenAnew() throws Exception {
    cluster.token = "token-2";
    assertThatThrownBy(() -> provisioner.list())
        .isInstanceOfSatisfying(ProvisionException.class, e -> assertThat(e.retryable()).isFalse())
        .hasMessage(cluster.api.uri() + " answered 401: Unauthorized");
    Files.writeString(account.resolve("token"), "token-2");

    assertThat(provisioner.list()).hasSize(3);
  }

  @Test
  void sendsTheTokenNowhereInPlaintext() throws Exception {
    try (Provisioner elsewhere = open("http://192.0.2.1:8001")) {
      assertThatThrownBy(elsewhere::list)
          .isInstanceOf(ProvisionException.class)
          .hasMessage(
              "the token for Kubernetes is not sent to http://192.0.2.1:8001, where others could"
                  + " read it");
    }
  }

  @Test
  void asksTheClusterItRunsInByDefault() {
    assertThatThrownBy(() -> open(""))
        .isInstanceOf(ProvisionException.class)
        .hasMessageContaining("runs in no Kubernetes cluster");
  }
}
