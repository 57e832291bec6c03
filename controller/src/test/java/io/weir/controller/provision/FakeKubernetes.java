package io.weir.controller.provision;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.weir.controller.provision.FakeApi.Call;
import io.weir.controller.provision.FakeApi.Reply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An API server with one deployment, and the deployment's controller: it chooses among its pods as
 * a replica set does, by readiness and {@code pod-deletion-cost}.
 */
final class FakeKubernetes implements AutoCloseable {
  private static final String NAMESPACE = "/namespaces/shop/";
  private static final String SCALE = "/apis/apps/v1" + NAMESPACE + "deployments/web/scale";
  private static final String PODS = "/api/v1" + NAMESPACE + "pods";

  private static final String NODES = "/api/v1/nodes/";
  static final String ZONE = "topology.kubernetes.io/zone";

  final FakeApi api;

  /** Zone by node. */
  final Map<String, String> nodes = new HashMap<>();

  int nodesRead;

  /** Whether the account may not read nodes. */
  boolean forbidden;

  final List<JsonObject> pods = new ArrayList<>();
  int replicas;
  int version = 100;
  int page = 500;
  String token = "token-1";

  /** What happens between two calls of ours; run once. */
  Runnable meanwhile = () -> {};

  /** Names of pods that are not ready. */
  final Set<String> unready = new HashSet<>();

  /** Whether the deployment's controller does anything at all now. */
  boolean working = true;

  private int created;

  FakeKubernetes() throws IOException {
    api = new FakeApi(this::answer);
  }

  private Reply answer(Call call) {
    if (!call.header("authorization").equals("Bearer " + token)) {
      return failure(401, "Unauthorized", "Unauthorized");
    }
    Reply reply;
    if (call.path().equals(SCALE) && call.method().equals("GET")) {
      reply = new Reply(200, scale().toString());
      Runnable now = meanwhile;
      meanwhile = () -> {};
      now.run();
    } else if (call.path().equals(SCALE) && call.method().equals("PATCH")) {
      reply = patchScale(call);
    } else if (call.path().startsWith(NODES) && call.method().equals("GET")) {
      nodesRead++;
      String zone = nodes.get(call.path().substring(NODES.length()));
      reply =
          forbidden
              ? failure(403, "Forbidden", "nodes is forbidden")
              : zone == null
                  ? failure(404, "NotFound", "nodes not found")
                  : new Reply(
                      200, "{\"metadata\":{\"labels\":{\"%s\":\"%s\"}}}".formatted(ZONE, zone));
    } else if (call.path().equals(PODS) && call.method().equals("GET")) {
      reply = list(call);
    } else if (call.path().startsWith(PODS + "/") && call.method().equals("PATCH")) {
      reply = patchPod(call);
    } else if (call.path().startsWith(PODS + "/") && call.method().equals("DELETE")) {
      String name = call.path().substring(PODS.length() + 1);
      reply =
          pods.removeIf(pod -> name(pod).equals(name))
              ? new Reply(200, "{}")
              : failure(404, "NotFound", "pods not found");
    } else {
      reply = failure(404, "NotFound", "the server could not find the requested resource");
    }
    settle();
    return reply;
  }

  private Reply patchScale(Call call) {
    if (!call.header("content-type").equals("application/merge-patch+json")) {
      return failure(415, "UnsupportedMediaType", "the body was in an unknown format");
    }
    JsonObject change = JsonParser.parseString(call.body()).getAsJsonObject();
    String given = Json.text(change, "metadata", "resourceVersion").orElse("");
    if (!given.isEmpty() && !given.equals(Integer.toString(version))) {
      return failure(
          409, "Conflict", "the object has been modified; please apply your changes to the latest");
    }
    scaleTo(Json.number(change, "spec", "replicas").orElseThrow());
    return new Reply(200, scale().toString());
  }

  void scaleTo(int number) {
    replicas = number;
    version++;
  }

  private Reply list(Call call) {
    if (!call.query().getOrDefault("labelSelector", "").equals("app=web,tier in (front)")) {
      return failure(400, "BadRequest", "that is not the selector");
    }
    int from = Integer.parseInt(call.query().getOrDefault("continue", "0"));
    int limit = Math.min(page, Integer.parseInt(call.query().get("limit")));
    JsonArray items = new JsonArray();
    pods.stream().skip(from).limit(limit).forEach(items::add);
    JsonObject metadata = new JsonObject();
    if (from + limit < pods.size()) {
      metadata.addProperty("continue", Integer.toString(from + limit));
    }
    JsonObject list = Json.object("items", items);
    list.add("metadata", metadata);
    return new Reply(200, list.toString());
  }

  private Reply patchPod(Call call) {
    String name = call.path().substring(PODS.length() + 1);
    for (JsonObject pod : pods) {
      if (name(pod).equals(name)) {
        JsonObject change = JsonParser.parseString(call.body()).getAsJsonObject();
        JsonObject annotations = pod.getAsJsonObject("metadata").getAsJsonObject("annotations");
        change
            .getAsJsonObject("metadata")
            .getAsJsonObject("annotations")
            .entrySet()
            .forEach(entry -> annotations.add(entry.getKey(), entry.getValue()));
        return new Reply(200, pod.toString());
      }
    }
    return failure(404, "NotFound", "pods \"%s\" not found".formatted(name));
  }

  /** What the deployment's controller does. */
  void settle() {
    if (!working) {
      return;
    }
    while (pods.size() < replicas) {
      pods.add(pod("web-" + ++created, "10.1.0." + created));
    }
    while (pods.size() > replicas) {
      pods.remove(
          pods.stream()
              .min(
                  Comparator.comparing((JsonObject pod) -> !unready.contains(name(pod)))
                      .thenComparingInt(FakeKubernetes::cost))
              .orElseThrow());
    }
  }

  private static int cost(JsonObject pod) {
    return Integer.parseInt(
        Json.text(pod, "metadata", "annotations", "controller.kubernetes.io/pod-deletion-cost")
            .orElse("0"));
  }

  static JsonObject pod(String name, String ip) {
    return JsonParser.parseString(
            """
            {"metadata":{"name":"%s","annotations":{}},
             "status":{"phase":"Running","podIP":"%s"}}
            """
                .formatted(name, ip))
        .getAsJsonObject();
  }

  static String name(JsonObject pod) {
    return Json.text(pod, "metadata", "name").orElseThrow();
  }

  List<String> names() {
    return pods.stream().map(FakeKubernetes::name).toList();
  }

  private JsonObject scale() {
    return JsonParser.parseString(
            """
            {"kind":"Scale","apiVersion":"autoscaling/v1",
             "metadata":{"name":"web","namespace":"shop","resourceVersion":"%d"},
             "spec":{"replicas":%d},
             "status":{"replicas":%d,"selector":"app=web,tier in (front)"}}
            """
                .formatted(version, replicas, pods.size()))
        .getAsJsonObject();
  }

  private static Reply failure(int code, String reason, String message) {
    return new Reply(
        code,
        """
        {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
         "message":"%s","reason":"%s","code":%d}
        """
            .formatted(message.replace("\"", "\\\""), reason, code));
  }

  @Override
  public void close() {
    api.close();
  }
}
