package io.weir.controller.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.weir.controller.provision.FakeApi.Call;
import io.weir.controller.provision.FakeApi.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a receiver that does what the Standard Webhooks specification says a receiver does. */
final class WebhookProvisionerTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00.5Z");
  private static final String SECRET = secret("the first key, of thirty bytes");
  private static final String OTHER = secret("another key, of thirty-one bytes");

  @TempDir Path dir;
  private Path secretFile;
  private FakeApi receiver;
  private Provisioner provisioner;
  private FakeApi.Answering behaviour = _ -> new Reply(204, "");

  /** By id of the message: what was answered to it first. */
  private final Map<String, Reply> seen = new HashMap<>();

  private String expected = SECRET;

  private static String secret(String key) {
    return "whsec_" + Base64.getEncoder().encodeToString(key.getBytes(StandardCharsets.UTF_8));
  }

  @BeforeEach
  void aReceiver() throws IOException {
    secretFile = dir.resolve("secret");
    Files.writeString(secretFile, SECRET + "\n");
    receiver = new FakeApi(this::received);
    provisioner =
        new WebhookProvisioner(
            "web",
            receiver.uri().resolve("/hook?token=hidden"),
            new SigningSecret(secretFile),
            "prod",
            new HttpCalls(Duration.ofSeconds(2), Optional.empty(), InstantSource.fixed(NOW)),
            InstantSource.fixed(NOW));
  }

  @AfterEach
  void close() {
    provisioner.close();
    receiver.close();
  }

  private Reply received(Call call) throws InterruptedException {
    String id = call.header("webhook-id");
    String timestamp = call.header("webhook-timestamp");
    long apart = Math.abs(Long.parseLong(timestamp) - NOW.getEpochSecond());
    String signature = "v1," + hmac(expected, id + "." + timestamp + "." + call.body());
    if (apart > 300 || !List.of(call.header("webhook-signature").split(" ")).contains(signature)) {
      return new Reply(401, "");
    }
    if (!call.header("content-type").startsWith("application/cloudevents+json")) {
      return new Reply(415, "");
    }
    JsonObject event = JsonParser.parseString(call.body()).getAsJsonObject();
    if (!event.get("specversion").getAsString().equals("1.0")
        || event.get("id").getAsString().isEmpty()
        || event.get("source").getAsString().isEmpty()
        || event.get("type").getAsString().isEmpty()) {
      return new Reply(400, "");
    }
    Reply before = seen.get(id);
    if (before != null) {
      return before;
    }
    Reply answer = behaviour.answer(call);
    if (answer.status() / 100 == 2) {
      seen.put(id, answer);
    }
    return answer;
  }

  private static String hmac(String secret, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret.substring(6)), "HmacSHA256"));
      return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Order order(int from, int desired) {
    return new Order("key-7", "web", "backend", from, desired, "61 requests under way");
  }

  @Test
  void tellsAllThereIsToKnowInACloudEvent() throws Exception {
    var _ = provisioner.scaleOut(order(2, 5));

    Call call = receiver.calls.getFirst();
    assertThat(call.header("webhook-id")).isEqualTo("key-7");
    assertThat(JsonParser.parseString(call.body()))
        .isEqualTo(
            JsonParser.parseString(
                """
                {"specversion":"1.0","id":"key-7","source":"/weir/prod",
                 "type":"io.weir.scaler.scale_out","subject":"web","time":"2026-03-01T12:00:00.500Z",
                 "datacontenttype":"application/json",
                 "data":{"scaler":"web","pool":"backend","from":2,"desired":5,
                         "reason":"61 requests under way"}}
                """));
  }

  @Test
  void namesThoseToEnd() throws Exception {
    var _ = provisioner.scaleIn(order(5, 3), List.of("i-1", "i-2"));

    JsonObject event = JsonParser.parseString(receiver.calls.getFirst().body()).getAsJsonObject();
    assertThat(event.get("type").getAsString()).isEqualTo("io.weir.scaler.scale_in");
    assertThat(event.getAsJsonObject("data").get("end"))
        .isEqualTo(JsonParser.parseString("[\"i-1\",\"i-2\"]"));
  }

  @Test
  void takesInstancesFromTheAnswer() throws Exception {
    behaviour =
        _ ->
            new Reply(
                200,
                """
                {"instances":[{"id":"i-1","address":"10.0.0.1:80","state":"running","zone":"a"},
                              {"id":"i-2","state":"pending"},{"id":"i-3","address":null}]}
                """);

    assertThat(provisioner.scaleOut(order(0, 3)).instances())
        .containsExactly(
            new Provisioned("i-1", Optional.of("10.0.0.1:80"), Provisioned.State.RUNNING, "a"),
            new Provisioned("i-2", Optional.empty(), Provisioned.State.PENDING),
            new Provisioned("i-3", Optional.empty(), Provisioned.State.RUNNING));
  }

  @Test
  void isKnownAgainByTheReceiverWhenItRepeatsItself() throws Exception {
    int[] started = {0};
    behaviour =
        _ -> {
          started[0]++;
          return new Reply(200, "");
        };

    var _ = provisioner.scaleOut(order(0, 3));
    var _ = provisioner.scaleOut(order(0, 3));

    assertThat(started[0]).isEqualTo(1);
  }

  @Test
  void signsWithASecretThatWasReplacedAndWithBothInBetween() throws Exception {
    var _ = provisioner.scaleOut(order(0, 1));
    Files.writeString(secretFile, SECRET + "\n" + OTHER + "\n");
    expected = OTHER;
    var _ = provisioner.scaleOut(order(0, 1));
    Files.writeString(secretFile, OTHER);

    var _ = provisioner.scaleOut(order(0, 1));
  }

  @Test
  void listsWhatTheReceiverHas() throws Exception {
    behaviour = _ -> new Reply(200, "{\"instances\":[{\"id\":\"i-1\",\"address\":\"h:1\"}]}");

    assertThat(provisioner.list()).hasSize(1);
    assertThat(provisioner.lists()).isTrue();
  }

  @Test
  void doesWithoutAListWhereThereIsNone() throws Exception {
    behaviour = _ -> new Reply(501, "");

    assertThat(provisioner.list()).isEmpty();
    assertThat(provisioner.lists()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "301, false",
    "400, false",
    "401, false",
    "404, false",
    "408, true",
    "409, true",
    "410, false",
    "425, true",
    "429, true",
    "500, true",
    "502, true",
    "503, true",
  })
  void tellsWhatMayPassFromWhatWillNot(int status, boolean retryable) {
    behaviour = _ -> new Reply(status, Map.of("location", "/elsewhere"), "secret details");

    assertThatThrownBy(() -> provisioner.scaleOut(order(0, 1)))
        .isInstanceOfSatisfying(
            ProvisionException.class, e -> assertThat(e.retryable()).isEqualTo(retryable))
        .hasMessage(receiver.uri() + " answered " + status);
    assertThat(receiver.calls).hasSize(1);
  }

  @Test
  void comesBackWhenItIsToldTo() {
    behaviour = _ -> new Reply(429, Map.of("retry-after", "120"), "");

    assertThatThrownBy(() -> provisioner.scaleOut(order(0, 1)))
        .isInstanceOfSatisfying(
            ProvisionException.class,
            e -> assertThat(e.retryAfter()).contains(Duration.ofMinutes(2)));
    assertThat(HttpCalls.pause("Sun, 01 Mar 2026 12:00:10 GMT", NOW))
        .contains(Duration.ofMillis(9_500));
    assertThat(HttpCalls.pause("soon", NOW)).isEmpty();
  }

  @Test
  void waitsForNobodyForEver() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    behaviour =
        _ -> {
          never.await();
          return new Reply(200, "");
        };

    assertThatThrownBy(() -> provisioner.scaleOut(order(0, 1)))
        .isInstanceOfSatisfying(ProvisionException.class, e -> assertThat(e.retryable()).isTrue())
        .hasMessage(receiver.uri() + " did not answer within 2000 ms");
    never.countDown();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "no json at all | with what is no JSON",
        "[] | with JSON that is no object",
        "{\"instances\":[{\"address\":\"a:1\"}]} | cannot be understood",
        "{\"instances\":[{\"id\":\"\"}]} | cannot be understood",
        "{\"instances\":[{\"id\":\"i\",\"state\":\"odd\"}]} | cannot be understood",
        "{\"instances\":7} | cannot be understood",
      })
  void refusesNonsense(String body, String sentence) {
    behaviour = _ -> new Reply(200, body);

    assertThatThrownBy(() -> provisioner.scaleOut(order(0, 1)))
        .isInstanceOf(ProvisionException.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void readsNoMoreThanItHasRoomFor() {
    behaviour = _ -> new Reply(200, " ".repeat(9 << 20));

    assertThatThrownBy(() -> provisioner.scaleOut(order(0, 1)))
        .isInstanceOf(ProvisionException.class);
  }

  @Test
  void doesNotSayWhatTheSecretIs() throws Exception {
    for (String wrong : List.of("hunter2", "whsec_!!!", "whsec_c2hvcnQ=", "")) {
      Files.writeString(secretFile, wrong);

      assertThatThrownBy(() -> provisioner.scaleOut(order(0, 1)))
          .isInstanceOfSatisfying(
              ProvisionException.class, e -> assertThat(e.retryable()).isFalse())
          .hasMessage(
              secretFile
                  + " is to have a secret of Standard Webhooks: whsec_ and 24 to 64 bytes in"
                  + " base64");
    }
    assertThat(receiver.calls).isEmpty();
  }

  @Test
  void saysWhenNobodyIsThere() {
    receiver.close();

    assertThatThrownBy(() -> provisioner.scaleOut(order(0, 1)))
        .isInstanceOfSatisfying(ProvisionException.class, e -> assertThat(e.retryable()).isTrue())
        .hasMessage(receiver.uri() + " cannot be reached: the connection was refused");
  }
}
