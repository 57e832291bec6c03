package io.weir.controller.provision;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.weir.v1.ScaleHook;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Tells a receiver of its operator's: Standard Webhooks 1.0.0 around CloudEvents 1.0 in its
 * structured JSON form. The order's key is the id of both, so that a receiver knows a repetition.
 */
final class WebhookProvisioner implements Provisioner {
  private static final String TYPE = "io.weir.scaler.";
  private static final int MOST_INSTANCES = 10_000;

  private final String scaler;
  private final URI url;
  private final SigningSecret secret;
  private final String source;
  private final HttpCalls calls;
  private final InstantSource clock;
  private volatile boolean lists = true;

  WebhookProvisioner(
      String scaler,
      URI url,
      SigningSecret secret,
      String cluster,
      HttpCalls calls,
      InstantSource clock) {
    this.scaler = scaler;
    this.url = url;
    this.secret = secret;
    this.source = "/weir/" + cluster;
    this.calls = calls;
    this.clock = clock;
  }

  /** The webhook hook; it is always there. */
  static final class Factory implements ProvisionerFactory {
    @Override
    public ScaleHook.KindCase kind() {
      return ScaleHook.KindCase.WEBHOOK;
    }

    @Override
    public Provisioner open(String scaler, ScaleHook hook, Settings settings)
        throws ProvisionException {
      InstantSource clock = InstantSource.system();
      return new WebhookProvisioner(
          scaler,
          HookSettings.url(hook.getWebhook().getUrl()),
          new SigningSecret(Path.of(hook.getWebhook().getSecretFile())),
          settings.cluster(),
          new HttpCalls(HookSettings.of(hook), Optional.empty(), clock),
          clock);
    }
  }

  /** A receiver that answers 404, 405 or 501 has no list: what is there says so by registering. */
  @Override
  public List<Provisioned> list() throws ProvisionException {
    JsonObject data = new JsonObject();
    data.addProperty("scaler", scaler);
    HttpCalls.Reply reply = post("list", UUID.randomUUID().toString(), data);
    if (reply.status() == 404 || reply.status() == 405 || reply.status() == 501) {
      lists = false;
      return List.of();
    }
    List<Provisioned> instances = instances(checked(reply));
    lists = !reply.body().isBlank();
    return instances;
  }

  @Override
  public boolean lists() {
    return lists;
  }

  @Override
  public Answer scaleOut(Order order) throws ProvisionException {
    return new Answer(instances(checked(post("scale_out", order.key(), data(order)))));
  }

  @Override
  public Answer scaleIn(Order order, List<String> ids) throws ProvisionException {
    JsonObject data = data(order);
    JsonArray end = new JsonArray();
    ids.forEach(end::add);
    data.add("end", end);
    return new Answer(instances(checked(post("scale_in", order.key(), data))));
  }

  private static JsonObject data(Order order) {
    JsonObject data = new JsonObject();
    data.addProperty("scaler", order.scaler());
    data.addProperty("pool", order.pool());
    data.addProperty("from", order.from());
    data.addProperty("desired", order.desired());
    data.addProperty("reason", order.reason());
    return data;
  }

  private HttpCalls.Reply post(String what, String id, JsonObject data) throws ProvisionException {
    Instant now = clock.instant();
    JsonObject event = new JsonObject();
    event.addProperty("specversion", "1.0");
    event.addProperty("id", id);
    event.addProperty("source", source);
    event.addProperty("type", TYPE + what);
    event.addProperty("subject", scaler);
    event.addProperty("time", now.toString());
    event.addProperty("datacontenttype", "application/json");
    event.add("data", data);
    String body = event.toString();
    long seconds = now.getEpochSecond();
    return calls.send(
        HttpRequest.newBuilder(url)
            .header("content-type", "application/cloudevents+json; charset=utf-8")
            .header("accept", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", Long.toString(seconds))
            .header("webhook-signature", secret.signature(id, seconds, body))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  /** What a receiver says in a refusal is its own business: only the status is told. */
  private HttpCalls.Reply checked(HttpCalls.Reply reply) throws ProvisionException {
    if (!reply.ok()) {
      throw calls.refused(url, reply, "");
    }
    return reply;
  }

  private List<Provisioned> instances(HttpCalls.Reply reply) throws ProvisionException {
    if (reply.body().isBlank()) {
      return List.of();
    }
    JsonObject body = HttpCalls.object(url, reply);
    List<Provisioned> instances = new ArrayList<>();
    try {
      JsonElement told = body.get("instances");
      if (told == null || told.isJsonNull()) {
        return List.of();
      }
      if (told.getAsJsonArray().size() > MOST_INSTANCES) {
        throw nonsense("more than %d of them".formatted(MOST_INSTANCES), null);
      }
      for (JsonElement element : told.getAsJsonArray()) {
        instances.add(instance(element.getAsJsonObject()));
      }
      return instances;
    } catch (IllegalStateException
        | IllegalArgumentException
        | ClassCastException
        | NullPointerException
        | UnsupportedOperationException e) {
      throw nonsense("one has no id, or a state that there is not", e);
    }
  }

  private ProvisionException nonsense(String what, @Nullable Throwable cause) {
    return new ProvisionException(
        "%s answered with instances that cannot be understood: %s"
            .formatted(HttpCalls.where(url), what),
        true,
        Optional.empty(),
        0,
        cause);
  }

  private static Provisioned instance(JsonObject one) {
    JsonElement address = one.get("address");
    JsonElement state = one.get("state");
    JsonElement zone = one.get("zone");
    return new Provisioned(
        one.get("id").getAsString(),
        address == null || address.isJsonNull() || address.getAsString().isEmpty()
            ? Optional.empty()
            : Optional.of(address.getAsString()),
        state == null || state.isJsonNull()
            ? Provisioned.State.RUNNING
            : Provisioned.State.valueOf(state.getAsString().toUpperCase(Locale.ROOT)),
        zone == null || zone.isJsonNull() ? "" : zone.getAsString());
  }

  @Override
  public void close() {
    calls.close();
  }
}
