package io.weir.controller.provision;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Calls a Kubernetes API server with the account of a pod; its token is read for every call. */
final class KubernetesApi implements AutoCloseable {
  private final URI api;
  private final Path account;
  private final HttpCalls calls;

  /**
   * @param account folder with {@code token} and {@code ca.crt}; either may be absent
   */
  KubernetesApi(URI api, Path account, Duration timeout, InstantSource clock)
      throws ProvisionException {
    this.api = api;
    this.account = account;
    this.calls = new HttpCalls(timeout, trust(account.resolve("ca.crt")), clock);
  }

  /** Where the API server is for a pod; the environment tells every pod. */
  static URI ofThisCluster() throws ProvisionException {
    String host = System.getenv("KUBERNETES_SERVICE_HOST");
    String port = System.getenv("KUBERNETES_SERVICE_PORT");
    if (host == null || host.isEmpty()) {
      throw new ProvisionException(
          "this controller runs in no Kubernetes cluster; the hook is to say where its api is",
          false);
    }
    return URI.create(
        "https://" + Addresses.of(host, Integer.parseInt(port == null ? "443" : port)));
  }

  JsonObject get(String path) throws ProvisionException {
    return call(HttpRequest.newBuilder().GET(), path);
  }

  /** A JSON merge patch (RFC 7396). */
  JsonObject patch(String path, JsonElement change) throws ProvisionException {
    return call(
        HttpRequest.newBuilder()
            .header("content-type", "application/merge-patch+json")
            .method("PATCH", HttpRequest.BodyPublishers.ofString(change.toString())),
        path);
  }

  /** The API server ends it in the way that it says of itself. */
  void delete(String path) throws ProvisionException {
    var _ = call(HttpRequest.newBuilder().DELETE(), path);
  }

  private JsonObject call(HttpRequest.Builder request, String path) throws ProvisionException {
    URI uri = URI.create(api.toString().replaceAll("/+$", "") + path);
    request.uri(uri).header("accept", "application/json");
    token().ifPresent(token -> request.header("authorization", "Bearer " + token));
    HttpCalls.Reply reply = calls.send(request.build());
    if (!reply.ok()) {
      throw calls.refused(uri, reply, HttpCalls.said(reply, "message"));
    }
    return HttpCalls.object(uri, reply);
  }

  private Optional<String> token() throws ProvisionException {
    Path file = account.resolve("token");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    if (!HttpCalls.isPrivate(api)) {
      throw new ProvisionException(
          "the token for Kubernetes is not sent to %s, where others could read it"
              .formatted(HttpCalls.where(api)),
          false);
    }
    try {
      return Optional.of(Files.readString(file).strip());
    } catch (IOException e) {
      throw new ProvisionException("the token in %s cannot be read".formatted(file), true, e);
    }
  }

  private static Optional<SSLContext> trust(Path authority) throws ProvisionException {
    if (!Files.exists(authority)) {
      return Optional.empty();
    }
    try (InputStream in = Files.newInputStream(authority)) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("authority-" + trusted.size(), certificate);
      }
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return Optional.of(context);
    } catch (IOException | GeneralSecurityException e) {
      throw new ProvisionException("%s cannot be trusted".formatted(authority), false, e);
    }
  }

  @Override
  public void close() {
    calls.close();
  }
}
