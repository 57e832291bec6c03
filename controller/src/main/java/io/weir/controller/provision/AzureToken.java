package io.weir.controller.provision;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A token for Azure's resource manager, of whoever the environment says: a workload identity
 * ({@code AZURE_FEDERATED_TOKEN_FILE}), an application with a secret ({@code AZURE_CLIENT_SECRET}),
 * or else the machine's managed identity. Asked for anew five minutes before it ends.
 */
final class AzureToken {
  /** Where a machine of Azure asks about itself. */
  static final URI MACHINE = URI.create("http://169.254.169.254");

  private static final String RESOURCE = "https://management.azure.com/";
  private static final Duration EARLY = Duration.ofMinutes(5);
  private static final int USUAL_SECONDS = 3600;

  private final Map<String, String> environment;
  private final URI machine;
  private final HttpCalls calls;
  private final InstantSource clock;

  // Guarded by this.
  private @Nullable String token;
  private Instant until = Instant.MIN;

  AzureToken(Map<String, String> environment, URI machine, HttpCalls calls, InstantSource clock) {
    this.environment = Map.copyOf(environment);
    this.machine = machine;
    this.calls = calls;
    this.clock = clock;
  }

  synchronized String get() throws ProvisionException {
    String known = token;
    if (known != null && clock.instant().isBefore(until)) {
      return known;
    }
    HttpRequest request = request();
    HttpCalls.Reply reply = calls.send(request);
    if (!reply.ok()) {
      throw calls.refused(request.uri(), reply, HttpCalls.said(reply, "error"));
    }
    JsonObject body = HttpCalls.object(request.uri(), reply);
    String fresh =
        Json.text(body, "access_token")
            .orElseThrow(() ->
                new ProvisionException(
                    HttpCalls.where(request.uri()) + " answered without a token", true));
    // The managed identity's is a text.
    int seconds = Json.number(body, "expires_in").orElse(USUAL_SECONDS);
    Duration good = Duration.ofSeconds(seconds);
    token = fresh;
    until = clock.instant().plus(good.compareTo(EARLY) > 0 ? good.minus(EARLY) : Duration.ZERO);
    return fresh;
  }

  /** After it was refused. */
  synchronized void forget() {
    token = null;
  }

  private HttpRequest request() throws ProvisionException {
    String client = environment.getOrDefault("AZURE_CLIENT_ID", "");
    String tenant = environment.getOrDefault("AZURE_TENANT_ID", "");
    String secret = environment.getOrDefault("AZURE_CLIENT_SECRET", "");
    String file = environment.getOrDefault("AZURE_FEDERATED_TOKEN_FILE", "");
    if (client.isEmpty() || tenant.isEmpty() || (secret.isEmpty() && file.isEmpty())) {
      String whose = client.isEmpty() ? "" : "&client_id=" + HookSettings.encoded(client);
      return HttpRequest.newBuilder(
              URI.create(
                  machine
                      + "/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
                      + HookSettings.encoded(RESOURCE)
                      + whose))
          .header("metadata", "true")
          .GET()
          .build();
    }
    Map<String, String> form = new TreeMap<>();
    form.put("grant_type", "client_credentials");
    form.put("client_id", client);
    form.put("scope", RESOURCE + ".default");
    if (file.isEmpty()) {
      form.put("client_secret", secret);
    } else {
      form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
      form.put("client_assertion", read(Path.of(file)));
    }
    String authority =
        environment.getOrDefault("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com");
    URI uri =
        HookSettings.url(
            authority.replaceAll("/+$", "")
                + "/"
                + HookSettings.encoded(tenant)
                + "/oauth2/v2.0/token");
    if (!HttpCalls.isPrivate(uri)) {
      throw new ProvisionException("AZURE_AUTHORITY_HOST is to be https", false);
    }
    return HttpRequest.newBuilder(uri)
        .header("content-type", "application/x-www-form-urlencoded")
        .POST(
            HttpRequest.BodyPublishers.ofString(
                form.entrySet().stream()
                    .map(entry -> entry.getKey() + "=" + HookSettings.encoded(entry.getValue()))
                    .collect(Collectors.joining("&"))))
        .build();
  }

  private static String read(Path file) throws ProvisionException {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new ProvisionException("the token in %s cannot be read".formatted(file), true, e);
    }
  }
}
