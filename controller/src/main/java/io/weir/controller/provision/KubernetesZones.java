package io.weir.controller.provision;

import com.google.gson.JsonObject;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where pods are: as their label says, which newer clusters copy from the node; else as an
 * annotation says; else as the node's label does, where the account may read nodes. Nodes do not
 * move, so each is read once. One thread at a time.
 */
final class KubernetesZones {
  private static final String ZONE = "topology.kubernetes.io/zone";

  /** So that a look at a large deployment takes no longer than others; the next has the rest. */
  private static final int NODES_AT_ONCE = 10;

  private static final int MOST_NODES = 20_000;
  private static final int FORBIDDEN = 403;
  private static final int GONE = 404;

  private final KubernetesApi api;
  private final Map<String, String> byNode = new HashMap<>();
  private boolean forbidden;

  KubernetesZones(KubernetesApi api) {
    this.api = api;
  }

  /** Empty: not known. */
  String of(JsonObject pod) {
    return Json.text(pod, "metadata", "labels", ZONE)
        .or(() -> Json.text(pod, "metadata", "annotations", ZONE))
        .or(() -> node(pod).map(name -> byNode.getOrDefault(name, "")))
        .orElse("");
  }

  /** Reads nodes of these pods that are not known yet; what cannot be read is not known. */
  void look(Collection<JsonObject> pods) {
    if (byNode.size() > MOST_NODES) {
      byNode.clear();
    }
    int read = 0;
    for (JsonObject pod : pods) {
      Optional<String> node = node(pod);
      if (forbidden || read == NODES_AT_ONCE) {
        return;
      }
      if (node.isPresent() && of(pod).isEmpty() && !byNode.containsKey(node.get())) {
        read++;
        read(node.get());
      }
    }
  }

  private void read(String node) {
    try {
      JsonObject there = api.get("/api/v1/nodes/" + HookSettings.encoded(node));
      byNode.put(node, Json.text(there, "metadata", "labels", ZONE).orElse(""));
    } catch (ProvisionException e) {
      // Of use, but not necessary: pods are to be listed all the same.
      forbidden |= e.status() == FORBIDDEN;
      if (e.status() == GONE) {
        byNode.put(node, "");
      }
    }
  }

  private static Optional<String> node(JsonObject pod) {
    return Json.text(pod, "spec", "nodeName").filter(name -> !name.isEmpty());
  }
}
