package io.weir.controller.hooks.gcp;

import com.google.gson.JsonObject;
import io.weir.controller.provision.Addresses;
import io.weir.controller.provision.Answer;
import io.weir.controller.provision.HookSettings;
import io.weir.controller.provision.HttpCalls;
import io.weir.controller.provision.Json;
import io.weir.controller.provision.Order;
import io.weir.controller.provision.ProvisionException;
import io.weir.controller.provision.Provisioned;
import io.weir.controller.provision.Provisioner;
import io.weir.v1.GcpHook;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One managed instance group, of a zone or a region. Its size is only raised, never lowered: those
 * that are to go are deleted by name, which lowers it. Google knows a repetition by the request id,
 * which is made of the order's key.
 */
final class GcpProvisioner implements Provisioner {
  private static final Pattern INSTANCE =
      Pattern.compile("zones/([a-z0-9-]+)/instances/([a-z0-9-]+)$");

  private static final Set<String> PASSING =
      Set.of(
          "rateLimitExceeded",
          "userRateLimitExceeded",
          "resourceNotReady",
          "resourceInUseByAnotherResource",
          "backendError");

  private static final int PAGE = 500;
  private static final int MOST_PAGES = 20;

  /** Somebody's right to call, good now. */
  interface Token {
    String get() throws ProvisionException;
  }

  private final GcpHook hook;
  private final URI api;
  private final Token token;
  private final HttpCalls calls;

  // Guarded by this: addresses by Google's number of an instance, as names come again.
  private final Map<String, String> ips = new HashMap<>();

  GcpProvisioner(GcpHook hook, URI api, Token token, HttpCalls calls) {
    this.hook = hook;
    this.api = api;
    this.token = token;
    this.calls = calls;
  }

  /** Of the group: what there is, and what is about to be. */
  private record Managed(String name, String number, String action, String status) {
    /** Its name has that: {@code zones/europe-west3-a/instances/web-1}. */
    String zone() {
      return name.split("/", -1)[1];
    }

    /**
     * Of {@code currentAction} and {@code instanceStatus}.
     *
     * @see <a href="https://cloud.google.com/compute/docs/instance-groups/getting-info-about-migs">
     *     Verify the status of managed instances</a>
     */
    Provisioned.State state() {
      return switch (action) {
        case "DELETING", "ABANDONING", "STOPPING", "SUSPENDING" -> Provisioned.State.ENDING;
        case "CREATING", "CREATING_WITHOUT_RETRIES", "RECREATING", "RESUMING", "STARTING" ->
            Provisioned.State.PENDING;
        default ->
            switch (status) {
              case "RUNNING", "REPAIRING" -> Provisioned.State.RUNNING;
              case "STOPPING", "SUSPENDING", "SUSPENDED", "STOPPED", "TERMINATED" ->
                  Provisioned.State.ENDING;
              default -> Provisioned.State.PENDING;
            };
      };
    }
  }

  @Override
  public List<Provisioned> list() throws ProvisionException {
    List<Managed> all = managed();
    synchronized (this) {
      ips.keySet().retainAll(all.stream().map(Managed::number).toList());
    }
    List<Provisioned> instances = new ArrayList<>();
    for (Managed one : all) {
      Optional<String> address =
          one.state() == Provisioned.State.PENDING ? Optional.empty() : address(one);
      instances.add(new Provisioned(one.name(), address, one.state(), one.zone()));
    }
    return instances;
  }

  @Override
  public Answer scaleOut(Order order) throws ProvisionException {
    JsonObject group = get(uri(groupPath()));
    if (Json.number(group, "targetSize").orElse(0) < order.desired()) {
      post(
          groupPath()
              + "/resize?size="
              + order.desired()
              + "&requestId="
              + requestId(order, "resize"),
          "");
    }
    return Answer.NOTHING_TOLD;
  }

  @Override
  public Answer scaleIn(Order order, List<String> ids) throws ProvisionException {
    Set<String> wanted = Set.copyOf(ids);
    List<String> there =
        managed().stream()
            .filter(one -> wanted.contains(one.name()))
            .filter(one -> !one.action().equals("DELETING"))
            .map(Managed::name)
            .toList();
    if (!there.isEmpty()) {
      JsonObject body = Json.object("instances", Json.array(there));
      // One that is gone in the meantime is no reason to keep the others.
      body.addProperty("skipInstancesOnValidationError", true);
      post(
          groupPath() + "/deleteInstances?requestId=" + requestId(order, there.toString()),
          body.toString());
    }
    return Answer.NOTHING_TOLD;
  }

  private static UUID requestId(Order order, String what) {
    return UUID.nameUUIDFromBytes((order.key() + "/" + what).getBytes(StandardCharsets.UTF_8));
  }

  private List<Managed> managed() throws ProvisionException {
    List<Managed> all = new ArrayList<>();
    String more = "";
    for (int page = 0; page < MOST_PAGES; page++) {
      JsonObject body =
          post(
              groupPath()
                  + "/listManagedInstances?maxResults="
                  + PAGE
                  + (more.isEmpty() ? "" : "&pageToken=" + HookSettings.encoded(more)),
              "");
      for (JsonObject one : Json.objects(body, "managedInstances")) {
        Matcher instance = INSTANCE.matcher(Json.text(one, "instance").orElse(""));
        if (instance.find()) {
          all.add(
              new Managed(
                  instance.group(),
                  Json.text(one, "id").orElse(instance.group()),
                  Json.text(one, "currentAction").orElse("NONE"),
                  Json.text(one, "instanceStatus").orElse("")));
        }
      }
      more = Json.text(body, "nextPageToken").orElse("");
      if (more.isEmpty()) {
        return all;
      }
    }
    throw new ProvisionException(
        "the instance group %s has more than %d instances"
            .formatted(hook.getGroup(), PAGE * MOST_PAGES),
        false);
  }

  private Optional<String> address(Managed one) throws ProvisionException {
    synchronized (this) {
      String known = ips.get(one.number());
      if (known != null) {
        return Optional.of(known);
      }
    }
    JsonObject instance;
    try {
      instance = get(uri(projectPath() + "/" + one.name()));
    } catch (ProvisionException e) {
      if (e.status() == 404) {
        return Optional.empty();
      }
      throw e;
    }
    Optional<String> address =
        Json.objects(instance, "networkInterfaces").stream()
            .findFirst()
            .flatMap(card -> Json.text(card, "networkIP"))
            .filter(ip -> !ip.isEmpty())
            .map(ip -> Addresses.of(ip, hook.getPort()));
    synchronized (this) {
      address.ifPresent(text -> ips.put(one.number(), text));
    }
    return address;
  }

  private JsonObject get(URI uri) throws ProvisionException {
    return call(HttpRequest.newBuilder(uri).GET(), uri);
  }

  private JsonObject post(String path, String body) throws ProvisionException {
    URI uri = uri(path);
    JsonObject answer =
        call(
            HttpRequest.newBuilder(uri)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)),
            uri);
    List<JsonObject> errors = Json.objects(answer, "error", "errors");
    if (!errors.isEmpty()) {
      throw new ProvisionException(
          "Google Cloud could not do it: "
              + Json.text(errors.getFirst(), "message").orElse("no reason given"),
          true);
    }
    return answer;
  }

  private JsonObject call(HttpRequest.Builder request, URI uri) throws ProvisionException {
    HttpCalls.Reply reply =
        calls.send(request.header("authorization", "Bearer " + token.get()).build());
    if (reply.ok()) {
      return HttpCalls.object(uri, reply);
    }
    ProvisionException refusal =
        calls.refused(uri, reply, HttpCalls.said(reply, "error", "message"));
    boolean passes =
        refusal.retryable()
            || PASSING.stream().anyMatch(reason -> reply.body().contains("\"" + reason + "\""));
    throw new ProvisionException(
        String.valueOf(refusal.getMessage()),
        passes,
        refusal.retryAfter(),
        refusal.status(),
        refusal);
  }

  private URI uri(String path) {
    return URI.create(api.toString().replaceAll("/+$", "") + path);
  }

  private String projectPath() {
    return "/projects/" + HookSettings.encoded(hook.getProject());
  }

  private String groupPath() {
    String where =
        hook.getRegion().isEmpty()
            ? "/zones/" + HookSettings.encoded(hook.getZone())
            : "/regions/" + HookSettings.encoded(hook.getRegion());
    return projectPath()
        + where
        + "/instanceGroupManagers/"
        + HookSettings.encoded(hook.getGroup());
  }

  @Override
  public void close() {
    calls.close();
  }
}
