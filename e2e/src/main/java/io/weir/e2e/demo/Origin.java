package io.weir.e2e.demo;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.CompletionException;

/**
 * An origin server: answers {@code GET} with its name, a body with its name and the number of bytes
 * it had, and {@code /healthz} with 200.
 */
public final class Origin {
  private final String name;

  private Origin(String name) {
    this.name = name;
  }

  /** Its name and the port to listen on, 0 for any free one, perhaps with an address before it. */
  public static void main(String[] args) {
    System.setProperty("logback.configurationFile", "io/weir/e2e/logback.xml");
    if (args.length != 2 || !args[1].matches("([\\d.]+:)?\\d{1,5}")) {
      System.err.println("usage: weir origin NAME [ADDRESS:]PORT (0: any free one)");
      System.exit(2);
    }
    var origin = new Origin(args[0]);
    int colon = args[1].indexOf(':');
    String host = colon < 0 ? "127.0.0.1" : args[1].substring(0, colon);
    int port = Integer.parseInt(args[1].substring(colon + 1));
    var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    try {
      int bound =
          vertx
              .createHttpServer()
              .requestHandler(origin::answer)
              .listen(port, host)
              .toCompletionStage()
              .toCompletableFuture()
              .join()
              .actualPort();
      System.out.println("origin " + origin.name + " ready on " + host + ":" + bound);
    } catch (CompletionException e) {
      System.err.println(
          "origin " + origin.name + ": cannot listen on port " + port + ": " + e.getCause());
      System.exit(1);
    }
  }

  private void answer(HttpServerRequest request) {
    request.response().putHeader("X-Origin", name);
    if (request.method().equals(HttpMethod.GET)) {
      request
          .response()
          .end("/healthz".equals(request.path()) ? "ok\n" : name + "\n")
          .onFailure(this::gone);
      return;
    }
    long[] bytes = {0};
    request.handler(chunk -> bytes[0] += chunk.length());
    request.endHandler(
        end -> request.response().end(name + " " + bytes[0] + "\n").onFailure(this::gone));
  }

  private void gone(Throwable cause) {
    // A client that left before its answer: it is the client that counts it.
  }
}
