package io.weir.controller.provision;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.weir.controller.provision.FakeApi.Call;
import io.weir.controller.provision.FakeApi.Reply;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Azure's resource manager with one uniform scale set, and its managed identity. */
final class FakeScaleSet implements AutoCloseable {
  private static final String SET =
      "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/web";

  final FakeApi api;

  /** State by instance. */
  final Map<String, String> machines = new LinkedHashMap<>();

  /** Whether instances are spread over zones "1" to "3". */
  boolean zonal = true;

  int capacity;
  int version = 1;
  int tokens;
  boolean busy;

  /** What happens after the scale set was read; run once. */
  Runnable meanwhile = () -> {};

  private int created;

  FakeScaleSet() throws IOException {
    api = new FakeApi(this::answer);
  }

  private Reply answer(Call call) {
    if (call.path().equals("/metadata/identity/oauth2/token")) {
      return call.header("metadata").equals("true")
              && call.query().getOrDefault("api-version", "").equals("2018-02-01")
              && call.query().getOrDefault("resource", "").equals("https://management.azure.com/")
          ? new Reply(200, token())
          : new Reply(400, "{\"error\":\"invalid_request\"}");
    }
    if (call.path().equals("/tenant-1/oauth2/v2.0/token")) {
      return call.body()
              .equals(
                  "client_assertion=federated-token"
                      + "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
                      + "&client_id=client-1&grant_type=client_credentials"
                      + "&scope=https%3A%2F%2Fmanagement.azure.com%2F.default")
          ? new Reply(200, token())
          : new Reply(401, "{\"error\":\"invalid_client\"}");
    }
    if (!call.header("authorization").equals("Bearer token-" + tokens)) {
      return failure(401, "InvalidAuthenticationToken", "The access token is invalid.");
    }
    return switch (call.method() + " " + call.path().replace(SET, "")) {
      case "GET " -> read();
      case "PATCH " -> patch(call);
      case "GET /virtualMachines" -> new Reply(200, page(call));
      case "GET /networkInterfaces" -> new Reply(200, cards());
      case "POST /delete" -> delete(call);
      default -> failure(404, "ResourceNotFound", "The Resource was not found.");
    };
  }

  private String token() {
    return "{\"access_token\":\"token-%d\",\"expires_in\":\"3600\"}".formatted(++tokens);
  }

  private Reply read() {
    Reply reply =
        new Reply(
            200,
            """
            {"name":"web","sku":{"name":"Standard_D2","tier":"Standard","capacity":%d},
             "etag":"\\"%d\\"","properties":{"provisioningState":"Succeeded"}}
            """
                .formatted(capacity, version));
    Runnable now = meanwhile;
    meanwhile = () -> {};
    now.run();
    return reply;
  }

  private Reply patch(Call call) {
    if (busy) {
      return failure(409, "OperationNotAllowed", "Another operation is in progress.");
    }
    if (!call.header("if-match").equals("\"" + version + "\"")) {
      return failure(412, "PreconditionFailed", "The resource has changed.");
    }
    JsonObject sku = JsonParser.parseString(call.body()).getAsJsonObject().getAsJsonObject("sku");
    if (!sku.get("name").getAsString().equals("Standard_D2")) {
      return failure(400, "InvalidParameter", "sku.name");
    }
    scaleTo(sku.get("capacity").getAsInt());
    return new Reply(200, "{}");
  }

  void scaleTo(int number) {
    capacity = number;
    version++;
    while (machines.size() < capacity) {
      machines.put(Integer.toString(created++), "Creating");
    }
  }

  private Reply delete(Call call) {
    JsonArray ids =
        JsonParser.parseString(call.body()).getAsJsonObject().getAsJsonArray("instanceIds");
    for (JsonElement id : ids) {
      if (!machines.containsKey(id.getAsString())) {
        return failure(400, "InvalidParameter", "There is no such instance.");
      }
    }
    for (JsonElement id : ids) {
      machines.put(id.getAsString(), "Deleting");
      capacity--;
      version++;
    }
    return new Reply(202, Map.of("location", "https://example.com/operation"), "");
  }

  private String page(Call call) {
    int from = Integer.parseInt(call.query().getOrDefault("$skiptoken", "0"));
    JsonArray value = new JsonArray();
    machines.entrySet().stream()
        .skip(from)
        .limit(2)
        .map(entry ->
            JsonParser.parseString(
                """
                {"instanceId":"%s","name":"web_%s","location":"westeurope","zones":[%s],
                 "properties":{"provisioningState":"%s"}}
                """
                    .formatted(
                        entry.getKey(),
                        entry.getKey(),
                        zonal ? "\"%d\"".formatted(Integer.parseInt(entry.getKey()) % 3 + 1) : "",
                        entry.getValue())))
        .forEach(value::add);
    JsonObject body = Json.object("value", value);
    if (from + 2 < machines.size()) {
      body.addProperty(
          "nextLink",
          api.uri() + SET + "/virtualMachines?api-version=2024-07-01&$skiptoken=" + (from + 2));
    }
    return body.toString();
  }

  private String cards() {
    JsonArray value = new JsonArray();
    for (String id : machines.keySet()) {
      value.add(
          JsonParser.parseString(
              """
              {"properties":{"primary":true,"virtualMachine":{"id":"%s/virtualMachines/%s"},
               "ipConfigurations":[{"properties":{"primary":true,"privateIPAddress":"10.2.0.%s"}}]}}
              """
                  .formatted(SET, id, id)));
    }
    return Json.object("value", value).toString();
  }

  private static Reply failure(int status, String code, String message) {
    return new Reply(
        status, "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}".formatted(code, message));
  }

  @Override
  public void close() {
    api.close();
  }
}
