package io.weir.controller.provision;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.weir.controller.provision.Recommendations.View;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ExternalMetricsTest {
  private static final String BASE = "/apis/external.metrics.k8s.io/v1beta1";
  private static final String METRIC = BASE + "/namespaces/shop/weir_desired_endpoints";

  private static final Recommendations RECOMMENDATIONS =
      name ->
          name.equals("web")
              ? Optional.of(
                  new View(
                      "web", "backend", 3, 5, 12.3456, Instant.parse("2026-03-01T12:00:00.7Z")))
              : Optional.empty();

  private final ExternalMetrics metrics = new ExternalMetrics(RECOMMENDATIONS);

  private static JsonElement json(String text) {
    return JsonParser.parseString(text);
  }

  @Test
  void tellsWhichMetricsThereAre() {
    assertThat(metrics.get(BASE + "?timeout=32s").body())
        .isEqualTo(
            json(
                """
                {"kind":"APIResourceList","apiVersion":"v1",
                 "groupVersion":"external.metrics.k8s.io/v1beta1","resources":[
                  {"name":"weir_desired_endpoints","singularName":"","namespaced":true,
                   "kind":"ExternalMetricValueList","verbs":["get"]},
                  {"name":"weir_requests_in_flight","singularName":"","namespaced":true,
                   "kind":"ExternalMetricValueList","verbs":["get"]}]}
                """));
    assertThat(metrics.get("/apis/external.metrics.k8s.io").body())
        .isEqualTo(
            json(
                """
                {"kind":"APIGroup","apiVersion":"v1","name":"external.metrics.k8s.io",
                 "versions":[{"groupVersion":"external.metrics.k8s.io/v1beta1","version":"v1beta1"}],
                 "preferredVersion":
                  {"groupVersion":"external.metrics.k8s.io/v1beta1","version":"v1beta1"}}
                """));
    assertThat(metrics.get("/apis").body().get("kind").getAsString()).isEqualTo("APIGroupList");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "scaler%3Dweb",
        "scaler==web",
        "scaler%20in%20(web)",
        "pool=backend,scaler=web",
      })
  void givesTheValueOfTheScalerThatIsNamed(String selector) {
    assertThat(metrics.get(METRIC + "?labelSelector=" + selector))
        .isEqualTo(
            new ExternalMetrics.Answer(
                200,
                json("""
                {"kind":"ExternalMetricValueList",
                 "apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},"items":[
                  {"metricName":"weir_desired_endpoints",
                   "metricLabels":{"pool":"backend","scaler":"web"},
                   "timestamp":"2026-03-01T12:00:00Z","value":"5"}]}
                """)
                    .getAsJsonObject()));
  }

  @ParameterizedTest
  @CsvSource({
    "weir_desired_endpoints?labelSelector=scaler%3Dother, 404, NotFound",
    "weir_desired_endpoints, 400, BadRequest",
    "weir_desired_endpoints?labelSelector=scaler!%3Dweb, 400, BadRequest",
    "weir_desired_endpoints?labelSelector=scaler%20in%20(a%2Cb), 400, BadRequest",
    "weir_desired_endpoints?labelSelector=pool%3Dbackend, 400, BadRequest",
    "else?labelSelector=scaler%3Dweb, 404, NotFound",
  })
  void saysWhyThereIsNoValue(String metric, int status, String reason) {
    ExternalMetrics.Answer answer = metrics.get(BASE + "/namespaces/shop/" + metric);

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body().get("kind").getAsString()).isEqualTo("Status");
    assertThat(answer.body().get("reason").getAsString()).isEqualTo(reason);
    assertThat(answer.body().get("code").getAsInt()).isEqualTo(status);
  }

  @Test
  void givesNothingWhereAnotherLabelIsDifferent() {
    assertThat(
            metrics
                .get(METRIC + "?labelSelector=scaler%3Dweb%2Cpool%3Dother")
                .body()
                .getAsJsonArray("items"))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "5, 5", "4096, 4096", "1.5, 1500m", "12.3456, 12346m", "0.0001, 1m"})
  void writesQuantitiesAsKubernetesDoes(double value, String quantity) {
    assertThat(ExternalMetrics.quantity(value)).isEqualTo(quantity);
  }

  @Test
  void isServedOverHttp() throws Exception {
    try (ExternalMetricsServer server =
            new ExternalMetricsServer(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Optional.empty(),
                RECOMMENDATIONS);
        HttpClient client = HttpClient.newHttpClient()) {
      URI base = URI.create("http://127.0.0.1:" + server.port());
      for (int i = 0; i < 2; i++) {
        HttpResponse<String> response =
            client.send(
                HttpRequest.newBuilder(base.resolve(METRIC + "?labelSelector=scaler%3Dweb"))
                    .build(),
                BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        assertThat(json(response.body()).getAsJsonObject().getAsJsonArray("items")).hasSize(1);
      }
      assertThat(
              client
                  .send(
                      HttpRequest.newBuilder(base.resolve(BASE))
                          .POST(HttpRequest.BodyPublishers.ofString("{}"))
                          .build(),
                      BodyHandlers.ofString())
                  .statusCode())
          .isEqualTo(405);
    }
  }
}
