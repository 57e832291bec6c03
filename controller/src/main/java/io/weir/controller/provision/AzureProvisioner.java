package io.weir.controller.provision;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.weir.v1.AzureHook;
import io.weir.v1.ScaleHook;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An Azure scale set (uniform orchestration), by its resource manager. Capacity is raised only if
 * nobody changed the scale set since it was read (If-Match); those that are to go are deleted by
 * id, which lowers it.
 */
final class AzureProvisioner implements Provisioner {
  private static final String COMPUTE = "2024-07-01";

  /** The last one that lists the network interfaces of a scale set. */
  private static final String NETWORK = "2018-10-01";

  private static final Set<String> APIS =
      Set.of("management.azure.com", "management.usgovcloudapi.net", "management.chinacloudapi.cn");

  private static final int MOST_PAGES = 50;
  private static final int CONFLICTS = 5;

  private final AzureHook hook;
  private final URI api;
  private final AzureToken token;
  private final HttpCalls calls;

  AzureProvisioner(AzureHook hook, URI api, AzureToken token, HttpCalls calls) {
    this.hook = hook;
    this.api = api;
    this.token = token;
    this.calls = calls;
  }

  /** The hook of Azure; it needs no library of Azure's. */
  static final class Factory implements ProvisionerFactory {
    @Override
    public ScaleHook.KindCase kind() {
      return ScaleHook.KindCase.AZURE;
    }

    @Override
    public Provisioner open(String scaler, ScaleHook hook, Settings settings)
        throws ProvisionException {
      String given = hook.getAzure().getApi();
      URI api = HookSettings.url(given.isEmpty() ? "https://management.azure.com" : given);
      HookSettings.credentialsMayGo(api, APIS);
      InstantSource clock = InstantSource.system();
      Duration timeout = HookSettings.of(hook);
      HttpCalls calls = new HttpCalls(timeout, Optional.empty(), clock);
      return new AzureProvisioner(
          hook.getAzure(),
          api,
          new AzureToken(System.getenv(), AzureToken.MACHINE, calls, clock),
          calls);
    }
  }

  @Override
  public List<Provisioned> list() throws ProvisionException {
    List<JsonObject> machines = pages(path("/virtualMachines", COMPUTE));
    Map<String, String> ips = machines.isEmpty() ? Map.of() : ips();
    List<Provisioned> instances = new ArrayList<>();
    for (JsonObject machine : machines) {
      Json.text(machine, "instanceId")
          .filter(id -> !id.isEmpty())
          .ifPresent(id ->
              instances.add(
                  new Provisioned(
                      id,
                      Optional.ofNullable(ips.get(id)).map(ip -> Addresses.of(ip, hook.getPort())),
                      state(machine),
                      zone(machine))));
    }
    return instances;
  }

  /** As others name zones of Azure: "westeurope-1"; empty: it is in none. */
  private static String zone(JsonObject machine) {
    JsonElement zones = machine.get("zones");
    return zones != null
            && zones.isJsonArray()
            && !zones.getAsJsonArray().isEmpty()
            && zones.getAsJsonArray().get(0).isJsonPrimitive()
        ? Json.text(machine, "location").map(where -> where + "-").orElse("")
            + zones.getAsJsonArray().get(0).getAsString()
        : "";
  }

  private static Provisioned.State state(JsonObject machine) {
    return switch (Json.text(machine, "properties", "provisioningState").orElse("")) {
      case "Creating" -> Provisioned.State.PENDING;
      case "Deleting" -> Provisioned.State.ENDING;
      default -> Provisioned.State.RUNNING;
    };
  }

  /** The first address of each instance's first interface. */
  private Map<String, String> ips() throws ProvisionException {
    Map<String, String> ips = new HashMap<>();
    for (JsonObject card : pages(path("/networkInterfaces", NETWORK))) {
      String machine = Json.text(card, "properties", "virtualMachine", "id").orElse("");
      String id = machine.substring(machine.lastIndexOf('/') + 1);
      boolean first = Json.text(card, "properties", "primary").orElse("true").equals("true");
      if (id.isEmpty() || !first) {
        continue;
      }
      for (JsonObject one : Json.objects(card, "properties", "ipConfigurations")) {
        if (Json.text(one, "properties", "primary").orElse("true").equals("true")) {
          Json.text(one, "properties", "privateIPAddress").ifPresent(ip -> ips.put(id, ip));
        }
      }
    }
    return ips;
  }

  @Override
  public Answer scaleOut(Order order) throws ProvisionException {
    for (int attempt = 1; ; attempt++) {
      JsonObject set = get(path("", COMPUTE));
      if (Json.number(set, "sku", "capacity").orElse(0) >= order.desired()) {
        return Answer.NOTHING_TOLD;
      }
      JsonObject sku = new JsonObject();
      Json.text(set, "sku", "name").ifPresent(name -> sku.addProperty("name", name));
      Json.text(set, "sku", "tier").ifPresent(tier -> sku.addProperty("tier", tier));
      sku.add("capacity", new JsonPrimitive(order.desired()));
      HttpRequest.Builder request =
          HttpRequest.newBuilder()
              .header("content-type", "application/json")
              .method(
                  "PATCH", HttpRequest.BodyPublishers.ofString(Json.object("sku", sku).toString()));
      Json.text(set, "etag").ifPresent(etag -> request.header("if-match", etag));
      try {
        var _ = call(request, path("", COMPUTE));
        return Answer.NOTHING_TOLD;
      } catch (ProvisionException e) {
        if (e.status() != 412 || attempt == CONFLICTS) {
          throw e;
        }
      }
    }
  }

  @Override
  public Answer scaleIn(Order order, List<String> ids) throws ProvisionException {
    Set<String> wanted = Set.copyOf(ids);
    List<String> there = new ArrayList<>();
    for (JsonObject machine : pages(path("/virtualMachines", COMPUTE))) {
      if (state(machine) != Provisioned.State.ENDING) {
        Json.text(machine, "instanceId").filter(wanted::contains).ifPresent(there::add);
      }
    }
    if (!there.isEmpty()) {
      var _ =
          call(
              HttpRequest.newBuilder()
                  .header("content-type", "application/json")
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          Json.object("instanceIds", Json.array(there)).toString())),
              path("/delete", COMPUTE));
    }
    return Answer.NOTHING_TOLD;
  }

  private JsonObject get(URI uri) throws ProvisionException {
    return HttpCalls.object(uri, call(HttpRequest.newBuilder().GET(), uri));
  }

  private List<JsonObject> pages(URI first) throws ProvisionException {
    List<JsonObject> all = new ArrayList<>();
    URI next = first;
    for (int page = 0; page < MOST_PAGES; page++) {
      JsonObject body = get(next);
      all.addAll(Json.objects(body, "value"));
      Optional<String> link = Json.text(body, "nextLink").filter(text -> !text.isEmpty());
      if (link.isEmpty()) {
        return all;
      }
      next = HookSettings.url(link.get());
      if (!HttpCalls.where(next).equals(HttpCalls.where(api))) {
        throw new ProvisionException(
            "%s goes on at %s, where the token is not sent"
                .formatted(HttpCalls.where(api), HttpCalls.where(next)),
            false);
      }
    }
    throw new ProvisionException(
        "the scale set %s has more than %d pages".formatted(hook.getScaleSet(), MOST_PAGES), false);
  }

  private HttpCalls.Reply call(HttpRequest.Builder request, URI uri) throws ProvisionException {
    HttpCalls.Reply reply =
        calls.send(request.uri(uri).setHeader("authorization", "Bearer " + token.get()).build());
    if (reply.status() == 401) {
      token.forget();
    }
    if (!reply.ok()) {
      throw calls.refused(uri, reply, HttpCalls.said(reply, "error", "message"));
    }
    return reply;
  }

  private URI path(String below, String version) {
    return URI.create(
        api.toString().replaceAll("/+$", "")
            + "/subscriptions/"
            + HookSettings.encoded(hook.getSubscription())
            + "/resourceGroups/"
            + HookSettings.encoded(hook.getResourceGroup())
            + "/providers/Microsoft.Compute/virtualMachineScaleSets/"
            + HookSettings.encoded(hook.getScaleSet())
            + below
            + "?api-version="
            + version);
  }

  @Override
  public void close() {
    calls.close();
  }
}
