package io.weir.controller.provision;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.weir.v1.KubernetesHook;
import io.weir.v1.ScaleHook;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whatever has a scale subresource in Kubernetes. Its controllers choose which pods go; those that
 * are to are marked with the least {@code pod-deletion-cost} before. How many are to be left is
 * noted at them, too, so that the same order does not take others after them.
 */
final class KubernetesProvisioner implements Provisioner {
  private static final String COST = "controller.kubernetes.io/pod-deletion-cost";
  private static final String NOTE = "weir.io/scale-in";
  private static final String LEAST_COST = Integer.toString(Integer.MIN_VALUE + 1);
  private static final int PAGE = 500;
  private static final int MOST_PAGES = 20;
  private static final int CONFLICTS = 5;

  private final KubernetesHook hook;
  private final KubernetesApi api;
  private final String namespace;

  KubernetesProvisioner(KubernetesHook hook, KubernetesApi api) {
    this.hook = hook;
    this.api = api;
    this.namespace = hook.getNamespace().isEmpty() ? "default" : hook.getNamespace();
  }

  /** The Kubernetes hook; it is always there. */
  static final class Factory implements ProvisionerFactory {
    @Override
    public ScaleHook.KindCase kind() {
      return ScaleHook.KindCase.KUBERNETES;
    }

    @Override
    public Provisioner open(String scaler, ScaleHook hook, Settings settings)
        throws ProvisionException {
      KubernetesHook kubernetes = hook.getKubernetes();
      URI api =
          kubernetes.getApi().isEmpty()
              ? KubernetesApi.ofThisCluster()
              : HookSettings.url(kubernetes.getApi());
      return new KubernetesProvisioner(
          kubernetes,
          new KubernetesApi(
              api, settings.kubernetes(), HookSettings.of(hook), InstantSource.system()));
    }
  }

  /** How many there are to be, and how that is changed. */
  private record Scale(int replicas, String selector, String version) {}

  private record Pod(Provisioned instance, Optional<String> note) {}

  @Override
  public List<Provisioned> list() throws ProvisionException {
    return pods(scale()).stream().map(Pod::instance).toList();
  }

  @Override
  public Answer scaleOut(Order order) throws ProvisionException {
    Scale scale = scale();
    if (scale.replicas() < order.desired()) {
      set(order.desired());
    }
    return new Answer(pods(scale).stream().map(Pod::instance).toList());
  }

  @Override
  public Answer scaleIn(Order order, List<String> ids) throws ProvisionException {
    Scale scale = scale();
    Set<String> wanted = Set.copyOf(ids);
    List<Pod> victims =
        pods(scale).stream().filter(pod -> wanted.contains(pod.instance().id())).toList();
    int left = noted(victims, order.key());
    if (left < 0) {
      List<Pod> going =
          victims.stream()
              .filter(pod -> pod.instance().state() != Provisioned.State.ENDING)
              .toList();
      // Somebody else may have asked for more: none of those is to go that still has requests.
      left = Math.max(order.desired(), scale.replicas() - going.size());
      for (Pod pod : going) {
        mark(pod.instance().id(), left + ":" + order.key());
      }
    }
    if (scale.replicas() > left && !victims.isEmpty()) {
      set(left);
    }
    return new Answer(pods(scale).stream().map(Pod::instance).toList());
  }

  /** Negative: the order is new. */
  private static int noted(List<Pod> victims, String key) {
    for (Pod pod : victims) {
      String[] parts = pod.note().orElse("").split(":", 2);
      if (parts.length == 2 && parts[1].equals(key)) {
        return Integer.parseInt(parts[0]);
      }
    }
    return -1;
  }

  private void mark(String pod, String note) throws ProvisionException {
    JsonObject annotations = new JsonObject();
    annotations.addProperty(COST, LEAST_COST);
    annotations.addProperty(NOTE, note);
    try {
      var _ =
          api.patch(
              podsPath() + "/" + HookSettings.encoded(pod),
              Json.object("metadata", Json.object("annotations", annotations)));
    } catch (ProvisionException e) {
      if (e.status() != 404) {
        throw e;
      }
    }
  }

  /** Somebody else's change in between is seen first. */
  private void set(int replicas) throws ProvisionException {
    for (int attempt = 1; ; attempt++) {
      Scale now = scale();
      JsonObject change = new JsonObject();
      change.add("metadata", Json.object("resourceVersion", new JsonPrimitive(now.version())));
      change.add("spec", Json.object("replicas", new JsonPrimitive(replicas)));
      try {
        var _ = api.patch(scalePath(), change);
        return;
      } catch (ProvisionException e) {
        if (e.status() != 409 || attempt == CONFLICTS) {
          throw e;
        }
      }
    }
  }

  private Scale scale() throws ProvisionException {
    JsonObject scale = api.get(scalePath());
    Optional<String> selector = Json.text(scale, "status", "selector");
    if (selector.isEmpty() || selector.get().isEmpty()) {
      throw new ProvisionException(
          "%s/%s has no selector in its scale, so its pods cannot be told from others"
              .formatted(resource(), hook.getName()),
          false);
    }
    return new Scale(
        Json.number(scale, "spec", "replicas").orElse(0),
        selector.get(),
        Json.text(scale, "metadata", "resourceVersion").orElse(""));
  }

  private List<Pod> pods(Scale scale) throws ProvisionException {
    List<Pod> pods = new ArrayList<>();
    String more = "";
    for (int page = 0; page < MOST_PAGES; page++) {
      JsonObject list =
          api.get(
              podsPath()
                  + "?labelSelector="
                  + HookSettings.encoded(scale.selector())
                  + "&limit="
                  + PAGE
                  + (more.isEmpty() ? "" : "&continue=" + HookSettings.encoded(more)));
      for (JsonObject pod : Json.objects(list, "items")) {
        pod(pod).ifPresent(pods::add);
      }
      more = Json.text(list, "metadata", "continue").orElse("");
      if (more.isEmpty()) {
        return pods;
      }
    }
    throw new ProvisionException(
        "%s/%s has more than %d pods".formatted(resource(), hook.getName(), PAGE * MOST_PAGES),
        false);
  }

  /** Empty: it has ended. */
  private Optional<Pod> pod(JsonObject pod) {
    String phase = Json.text(pod, "status", "phase").orElse("Unknown");
    if (phase.equals("Succeeded") || phase.equals("Failed")) {
      return Optional.empty();
    }
    Optional<String> address =
        Json.text(pod, "status", "podIP")
            .filter(ip -> !ip.isEmpty())
            .map(ip -> Addresses.of(ip, hook.getPort()));
    Provisioned.State state =
        Json.text(pod, "metadata", "deletionTimestamp").isPresent()
            ? Provisioned.State.ENDING
            : phase.equals("Running") && address.isPresent()
                ? Provisioned.State.RUNNING
                : Provisioned.State.PENDING;
    return Json.text(pod, "metadata", "name")
        .filter(name -> !name.isEmpty())
        .map(name ->
            new Pod(
                new Provisioned(name, address, state),
                Json.text(pod, "metadata", "annotations", NOTE)));
  }

  private String resource() {
    return hook.getResource().isEmpty() ? "deployments" : hook.getResource();
  }

  private String scalePath() {
    String version = hook.getGroupVersion().isEmpty() ? "apps/v1" : hook.getGroupVersion();
    StringBuilder path = new StringBuilder(version.indexOf('/') < 0 ? "/api" : "/apis");
    for (String part : version.split("/", -1)) {
      path.append('/').append(HookSettings.encoded(part));
    }
    return path.append("/namespaces/")
        .append(HookSettings.encoded(namespace))
        .append('/')
        .append(HookSettings.encoded(resource()))
        .append('/')
        .append(HookSettings.encoded(hook.getName()))
        .append("/scale")
        .toString();
  }

  private String podsPath() {
    return "/api/v1/namespaces/" + HookSettings.encoded(namespace) + "/pods";
  }

  @Override
  public void close() {
    api.close();
  }
}
