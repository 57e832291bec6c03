package io.weir.controller.hooks.gcp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Compute Engine with one managed instance group of a region, in two zones. */
final class FakeCompute implements AutoCloseable {
  private static final String PROJECT = "/compute/v1/projects/shop";
  private static final String GROUP = PROJECT + "/regions/europe-west3/instanceGroupManagers/web";

  private final HttpServer server;

  /** Current action by instance, as "zones/ZONE/instances/NAME". */
  final Map<String, String> instances = new LinkedHashMap<>();

  final List<String> calls = new ArrayList<>();
  private final Set<UUID> requests = new HashSet<>();
  int size;

  /** Answered instead, once: a status and a reason. */
  final List<String> failures = new ArrayList<>();

  private int created;

  FakeCompute() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.createContext("/", this::serve);
    server.start();
  }

  String api() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/compute/v1";
  }

  private record Reply(int status, String body) {}

  private synchronized void serve(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    Map<String, String> query = new HashMap<>();
    String raw = exchange.getRequestURI().getRawQuery();
    for (String part : raw == null ? new String[0] : raw.split("&", -1)) {
      int equals = part.indexOf('=');
      query.put(
          part.substring(0, equals),
          URLDecoder.decode(part.substring(equals + 1), StandardCharsets.UTF_8));
    }
    String what = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
    calls.add(what);
    Reply reply;
    if (!"Bearer ya29.token".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      reply = failure(401, "authError", "Invalid Credentials");
    } else if (!failures.isEmpty()) {
      String[] failure = failures.removeFirst().split(" ", 2);
      reply = failure(Integer.parseInt(failure[0]), failure[1], "as asked for");
    } else {
      reply = answer(what, query, body);
    }
    byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(reply.status(), bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private Reply answer(String what, Map<String, String> query, String body) {
    if (what.startsWith("GET " + PROJECT + "/zones/")) {
      String name = what.substring(("GET " + PROJECT + "/").length());
      return instances.containsKey(name)
          ? new Reply(
              200,
              "{\"networkInterfaces\":[{\"networkIP\":\"10.4.0.%s\"}]}"
                  .formatted(name.substring(name.lastIndexOf('-') + 1)))
          : failure(404, "notFound", "The resource was not found");
    }
    return switch (what.replace(GROUP, "")) {
      case "GET " -> new Reply(200, "{\"name\":\"web\",\"targetSize\":%d}".formatted(size));
      case "POST /listManagedInstances" -> new Reply(200, list(query));
      case "POST /resize" -> {
        if (requests.add(UUID.fromString(query.get("requestId")))) {
          scaleTo(Integer.parseInt(query.get("size")));
        }
        yield new Reply(200, "{\"kind\":\"compute#operation\",\"status\":\"RUNNING\"}");
      }
      case "POST /deleteInstances" -> delete(query, body);
      default -> failure(404, "notFound", "The resource was not found");
    };
  }

  void scaleTo(int wanted) {
    size = wanted;
    while (instances.size() < size) {
      created++;
      instances.put(
          "zones/europe-west3-%s/instances/web-%d".formatted(created % 2 == 0 ? "b" : "a", created),
          "CREATING");
    }
  }

  private Reply delete(Map<String, String> query, String body) {
    if (!requests.add(UUID.fromString(query.get("requestId")))) {
      return new Reply(200, "{\"kind\":\"compute#operation\",\"status\":\"DONE\"}");
    }
    JsonObject request = JsonParser.parseString(body).getAsJsonObject();
    for (JsonElement name : request.getAsJsonArray("instances")) {
      if (instances.replace(name.getAsString(), "DELETING") != null) {
        size--;
      } else if (!request.get("skipInstancesOnValidationError").getAsBoolean()) {
        return failure(400, "invalid", "there is no such instance");
      }
    }
    return new Reply(200, "{\"kind\":\"compute#operation\",\"status\":\"RUNNING\"}");
  }

  private String list(Map<String, String> query) {
    int from = Integer.parseInt(query.getOrDefault("pageToken", "0"));
    JsonArray page = new JsonArray();
    instances.entrySet().stream()
        .skip(from)
        .limit(2)
        .map(entry ->
            JsonParser.parseString(
                """
                {"instance":"https://www.googleapis.com/compute/v1/projects/shop/%s","id":"9%d",
                 "instanceStatus":"%s","currentAction":"%s"}
                """
                    .formatted(
                        entry.getKey(),
                        entry.getKey().hashCode() & 0xffff,
                        entry.getValue().equals("CREATING") ? "PROVISIONING" : "RUNNING",
                        entry.getValue())))
        .forEach(page::add);
    JsonObject body = new JsonObject();
    body.add("managedInstances", page);
    if (from + 2 < instances.size()) {
      body.addProperty("nextPageToken", Integer.toString(from + 2));
    }
    return body.toString();
  }

  private static Reply failure(int status, String reason, String message) {
    return new Reply(
        status,
        "{\"error\":{\"code\":%d,\"message\":\"%s\",\"errors\":[{\"reason\":\"%s\"}]}}"
            .formatted(status, message, reason));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
