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
 * are to are marked with the least {@code pod-deletion-cost} before. How far an order has come is
 * noted at them, too, so that the same order does not take others after them, and one that was
 * spared all the same (for a pod that was not ready) is deleted, and so replaced.
 */
final class KubernetesProvisioner implements Provisioner {
  private static final String COST = "controller.kubernetes.io/pod-deletion-cost";
  private static final String NOTE = "weir.io/scale-in";
  private static final String DONE = "done:";
  private static final String LEAST_COST = Integer.toString(Integer.MIN_VALUE + 1);
  private static final int PAGE = 500;
  private static final int MOST_PAGES = 20;
  private static final int CONFLICTS = 5;

  private final KubernetesHook hook;
  private final KubernetesApi api;
  private final String namespace;
  private final KubernetesZones zones;

  KubernetesProvisioner(KubernetesHook hook, KubernetesApi api) {
    this.hook = hook;
    this.api = api;
    this.zones = new KubernetesZones(api);
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
  private record Scale(int replicas, int there, String selector, String version) {}

  private record Pod(Provisioned instance, String note) {
    boolean goes() {
      return instance.state() == Provisioned.State.ENDING;
    }

    boolean wasToGo() {
      return note.startsWith(DONE);
    }

    Pod going() {
      return new Pod(
          new Provisioned(
              instance.id(), instance.address(), Provisioned.State.ENDING, instance.zone()),
          note);
    }
  }

  @Override
  public List<Provisioned> list() throws ProvisionException {
    Scale scale = scale();
    List<Pod> pods = pods(scale);
    boolean settled =
        scale.there() == scale.replicas()
            && pods.stream().filter(pod -> !pod.goes()).count() == scale.replicas();
    List<Provisioned> instances = new ArrayList<>();
    for (Pod pod : pods) {
      if (settled && pod.wasToGo() && !pod.goes()) {
        delete(pod.instance().id());
      }
      instances.add((pod.wasToGo() ? pod.going() : pod).instance());
    }
    return instances;
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
    if (victims.stream().noneMatch(pod -> pod.note().equals(DONE + order.key()))) {
      int left = left(order, scale, victims);
      if (scale.replicas() > left && !victims.isEmpty()) {
        set(left);
      }
      for (Pod pod : victims) {
        if (!pod.goes()) {
          mark(pod.instance().id(), DONE + order.key());
        }
      }
    }
    return new Answer(pods(scale).stream().map(Pod::instance).toList());
  }

  /** How many are to be left, and that noted at those that are not to be. */
  private int left(Order order, Scale scale, List<Pod> victims) throws ProvisionException {
    for (Pod pod : victims) {
      String[] parts = pod.note().split(":", 2);
      if (parts.length == 2 && parts[1].equals(order.key())) {
        return Integer.parseInt(parts[0]);
      }
    }
    List<Pod> going = victims.stream().filter(pod -> !pod.goes()).toList();
    // Somebody else may have asked for more: none of those is to go that still has requests.
    int left = Math.max(order.desired(), scale.replicas() - going.size());
    for (Pod pod : going) {
      mark(pod.instance().id(), left + ":" + order.key());
    }
    return left;
  }

  private void delete(String pod) throws ProvisionException {
    try {
      api.delete(podsPath() + "/" + HookSettings.encoded(pod));
    } catch (ProvisionException e) {
      if (e.status() != 404) {
        throw e;
      }
    }
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
        Json.number(scale, "status", "replicas").orElse(0),
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
      List<JsonObject> items = Json.objects(list, "items");
      zones.look(items);
      for (JsonObject pod : items) {
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
                new Provisioned(name, address, state, zones.of(pod)),
                Json.text(pod, "metadata", "annotations", NOTE).orElse("")));
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
