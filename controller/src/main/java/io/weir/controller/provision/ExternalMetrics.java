package io.weir.controller.provision;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.weir.controller.provision.Recommendations.View;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code external.metrics.k8s.io/v1beta1} answers: discovery, and the metrics of a scaler that
 * is named by the label {@code scaler}. Namespaces make no difference.
 */
final class ExternalMetrics {
  static final String GROUP = "external.metrics.k8s.io";
  static final String VERSION = GROUP + "/v1beta1";

  /** Endpoints that there are to be. */
  static final String DESIRED = "weir_desired_endpoints";

  /** Requests under way and waiting. */
  static final String DEMAND = "weir_requests_in_flight";

  private static final List<String> METRICS = List.of(DESIRED, DEMAND);
  private static final Pattern METRIC =
      Pattern.compile("/apis/" + VERSION + "/namespaces/([^/]+)/([^/]+)");

  private static final Pattern REQUIREMENT =
      Pattern.compile(
          "\\s*([\\w./-]+)\\s*(?:==?\\s*([\\w.-]*)|\\s+in\\s*\\(\\s*([\\w.-]*)\\s*\\))\\s*");

  private final Recommendations recommendations;

  ExternalMetrics(Recommendations recommendations) {
    this.recommendations = recommendations;
  }

  record Answer(int status, JsonObject body) {}

  /**
   * @param uri path and query
   */
  Answer get(String uri) {
    QueryStringDecoder decoded = new QueryStringDecoder(uri);
    String path = decoded.path();
    return switch (path) {
      case "/apis" -> new Answer(200, groups());
      case "/apis/" + GROUP -> new Answer(200, group(true));
      case "/apis/" + VERSION -> new Answer(200, resources());
      case "/healthz", "/livez", "/readyz" -> new Answer(200, new JsonObject());
      default -> {
        Matcher metric = METRIC.matcher(path);
        yield metric.matches()
            ? values(metric.group(2), decoded)
            : failure(404, "NotFound", "there is no such path");
      }
    };
  }

  static Answer failure(int status, String reason, String message) {
    JsonObject body = kind("Status", "v1");
    body.add("metadata", new JsonObject());
    body.addProperty("status", "Failure");
    body.addProperty("message", message);
    body.addProperty("reason", reason);
    body.addProperty("code", status);
    return new Answer(status, body);
  }

  private Answer values(String metric, QueryStringDecoder request) {
    if (!METRICS.contains(metric)) {
      return failure(404, "NotFound", "the metrics are " + String.join(" and ", METRICS));
    }
    String selector = request.parameters().getOrDefault("labelSelector", List.of("")).getFirst();
    Optional<Map<String, String>> labels = labels(selector);
    if (labels.isEmpty() || labels.get().getOrDefault("scaler", "").isEmpty()) {
      return failure(400, "BadRequest", "the selector is to name one scaler, as in scaler=NAME");
    }
    String name = labels.get().get("scaler");
    Optional<View> view = recommendations.scaler(name == null ? "" : name);
    if (view.isEmpty()) {
      return failure(404, "NotFound", "there is no such scaler that recommends something");
    }
    JsonArray items = new JsonArray();
    Map<String, String> own = Map.of("scaler", view.get().scaler(), "pool", view.get().pool());
    if (own.entrySet().containsAll(labels.get().entrySet())) {
      items.add(item(metric, view.get()));
    }
    JsonObject list = kind("ExternalMetricValueList", VERSION);
    list.add("metadata", new JsonObject());
    list.add("items", items);
    return new Answer(200, list);
  }

  private static JsonObject item(String metric, View view) {
    JsonObject labels = new JsonObject();
    labels.addProperty("pool", view.pool());
    labels.addProperty("scaler", view.scaler());
    JsonObject item = new JsonObject();
    item.addProperty("metricName", metric);
    item.add("metricLabels", labels);
    item.addProperty("timestamp", view.at().truncatedTo(ChronoUnit.SECONDS).toString());
    item.addProperty("value", quantity(metric.equals(DESIRED) ? view.desired() : view.demand()));
    return item;
  }

  /** Exact to a thousandth, rounded up, as Kubernetes does. */
  static String quantity(double value) {
    BigDecimal thousandths =
        BigDecimal.valueOf(value).movePointRight(3).setScale(0, RoundingMode.CEILING);
    BigDecimal[] whole = thousandths.divideAndRemainder(BigDecimal.valueOf(1000));
    return whole[1].signum() == 0 ? whole[0].toPlainString() : thousandths.toPlainString() + "m";
  }

  /** Empty: it asks for more than that labels are equal to something. */
  private static Optional<Map<String, String>> labels(String selector) {
    Map<String, String> labels = new HashMap<>();
    if (selector.isBlank()) {
      return Optional.of(labels);
    }
    for (String part : selector.split(",", -1)) {
      Matcher requirement = REQUIREMENT.matcher(part);
      if (!requirement.matches()) {
        return Optional.empty();
      }
      String value = requirement.group(2) == null ? requirement.group(3) : requirement.group(2);
      if (labels.putIfAbsent(requirement.group(1), value) != null) {
        return Optional.empty();
      }
    }
    return Optional.of(labels);
  }

  private static JsonObject groups() {
    JsonObject list = kind("APIGroupList", "v1");
    JsonArray groups = new JsonArray();
    groups.add(group(false));
    list.add("groups", groups);
    return list;
  }

  private static JsonObject group(boolean alone) {
    JsonObject version = new JsonObject();
    version.addProperty("groupVersion", VERSION);
    version.addProperty("version", "v1beta1");
    JsonObject group = alone ? kind("APIGroup", "v1") : new JsonObject();
    group.addProperty("name", GROUP);
    JsonArray versions = new JsonArray();
    versions.add(version);
    group.add("versions", versions);
    group.add("preferredVersion", version.deepCopy());
    return group;
  }

  private static JsonObject resources() {
    JsonArray resources = new JsonArray();
    for (String metric : METRICS) {
      JsonObject resource = new JsonObject();
      resource.addProperty("name", metric);
      resource.addProperty("singularName", "");
      resource.addProperty("namespaced", true);
      resource.addProperty("kind", "ExternalMetricValueList");
      resource.add("verbs", Json.array(List.of("get")));
      resources.add(resource);
    }
    JsonObject list = kind("APIResourceList", "v1");
    list.addProperty("groupVersion", VERSION);
    list.add("resources", resources);
    return list;
  }

  private static JsonObject kind(String kind, String version) {
    JsonObject object = new JsonObject();
    object.addProperty("kind", kind);
    object.addProperty("apiVersion", version);
    return object;
  }
}
