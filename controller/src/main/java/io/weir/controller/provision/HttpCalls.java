package io.weir.controller.provision;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Calls of HTTP APIs: bounded in time, from the first byte to the last, and in what is read;
 * redirects are answers as others. Any thread.
 */
public final class HttpCalls implements AutoCloseable {
  private static final int MAX_BODY = 8 << 20;
  private static final int SHOWN = 300;
  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  private final HttpClient client;
  private final Duration timeout;
  private final InstantSource clock;

  /**
   * An answer, whatever its status.
   *
   * @param body up to 8 MiB
   */
  public record Reply(int status, HttpHeaders headers, String body) {
    public boolean ok() {
      return status / 100 == 2;
    }
  }

  /**
   * @param timeout of a whole call
   * @param tls empty: as Java trusts
   */
  public HttpCalls(Duration timeout, Optional<SSLContext> tls, InstantSource clock) {
    this.timeout = timeout;
    this.clock = clock;
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeout);
    tls.ifPresent(builder::sslContext);
    this.client = builder.build();
  }

  /**
   * @throws ProvisionException if there is no answer; retryable
   */
  public Reply send(HttpRequest request) throws ProvisionException {
    CompletableFuture<HttpResponse<byte[]>> call =
        client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BODY));
    try {
      HttpResponse<byte[]> response = call.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return new Reply(
          response.statusCode(),
          response.headers(),
          new String(response.body(), StandardCharsets.UTF_8));
    } catch (TimeoutException e) {
      call.cancel(true);
      throw new ProvisionException(
          "%s did not answer within %d ms".formatted(where(request.uri()), timeout.toMillis()),
          true,
          e);
    } catch (InterruptedException e) {
      call.cancel(true);
      Thread.currentThread().interrupt();
      throw new ProvisionException(
          "the call of %s was broken off".formatted(where(request.uri())), true, e);
    } catch (ExecutionException e) {
      throw new ProvisionException(
          "%s cannot be reached: %s".formatted(where(request.uri()), reason(e.getCause())),
          true,
          e.getCause() == null ? e : e.getCause());
    }
  }

  /**
   * The body of an answer.
   *
   * @throws ProvisionException unless it is a JSON object
   */
  public static JsonObject object(URI from, Reply reply) throws ProvisionException {
    try {
      JsonElement element = JsonParser.parseString(reply.body());
      if (element.isJsonObject()) {
        return element.getAsJsonObject();
      }
    } catch (JsonParseException e) {
      throw new ProvisionException(
          "%s answered %d with what is no JSON".formatted(where(from), reply.status()), true, e);
    }
    throw new ProvisionException(
        "%s answered %d with JSON that is no object".formatted(where(from), reply.status()), true);
  }

  /** What an answer says where it says why; empty: it does not, or is no JSON. */
  public static String said(Reply reply, String... path) {
    try {
      return Json.text(JsonParser.parseString(reply.body()), path).orElse("");
    } catch (JsonParseException e) {
      return "";
    }
  }

  /** What an answer that is not 2xx means. */
  public ProvisionException refused(URI from, Reply reply, String said) {
    String detail = said.isBlank() ? "" : ": " + oneLine(said);
    return new ProvisionException(
        "%s answered %d%s".formatted(where(from), reply.status(), detail),
        retryable(reply.status()),
        retryAfter(reply.headers()),
        reply.status(),
        null);
  }

  /** Whether the same call can succeed later: what is overloaded, busy or in the way may pass. */
  static boolean retryable(int status) {
    return switch (status) {
      case 408, 409, 412, 425, 429 -> true;
      default -> status >= 500 && status != 501;
    };
  }

  private Optional<Duration> retryAfter(HttpHeaders headers) {
    return headers
        .firstValue("retry-after")
        .flatMap(value -> pause(value.strip(), clock.instant()))
        .map(pause -> pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause);
  }

  /** RFC 9110, section 10.2.3: seconds or a date. */
  static Optional<Duration> pause(String value, Instant now) {
    if (value.matches("[0-9]{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
    }
    try {
      Instant until = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(value));
      return Optional.of(until.isAfter(now) ? Duration.between(now, until) : Duration.ZERO);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** Without what may be secret in it: user, query, and path. */
  static String where(URI uri) {
    return uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
  }

  /**
   * Whether a credential may be sent there: over TLS, or to this machine.
   *
   * @param uri with a host
   */
  public static boolean isPrivate(URI uri) {
    if ("https".equals(uri.getScheme())) {
      return true;
    }
    return isLoopback(uri);
  }

  /** Whether it is this machine. */
  public static boolean isLoopback(URI uri) {
    try {
      return InetAddress.getByName(uri.getHost()).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static String oneLine(String said) {
    String line = said.strip().replaceAll("\\s+", " ").replaceAll("\\p{Cntrl}", "");
    return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
  }

  private static String reason(@Nullable Throwable cause) {
    return switch (cause) {
      case ConnectException refused when refused.getCause() instanceof UnresolvedAddressException ->
          "its name does not resolve";
      case ConnectException _ -> "the connection was refused";
      case SSLException tls -> "no TLS was agreed on (" + tls.getMessage() + ")";
      case IOException io when io.getMessage() != null -> oneLine(io.getMessage());
      case null -> "no reason given";
      default -> cause.getClass().getSimpleName();
    };
  }

  @Override
  public void close() {
    client.shutdownNow();
    client.close();
  }
}
