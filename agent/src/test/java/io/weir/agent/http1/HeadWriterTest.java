package io.weir.agent.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.http1.HeadWriter.Framing;
import io.weir.agent.http1.HeadWriter.Persistence;
import io.weir.agent.model.HeaderEdits;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HeadWriterTest {
  private static final String START = "GET / HTTP/1.1\r\nHost: h\r\n";
  private static final String ADDED =
      lines(
          "X-Forwarded-For: 10.0.0.9",
          "X-Forwarded-Proto: http",
          "X-Forwarded-Host: h",
          "X-Forwarded-Port: 8080",
          "Forwarded: for=10.0.0.9;host=h;proto=http",
          "");

  private final Reading reading = new Reading();
  private final HeadWriter writer = new HeadWriter();

  private static String lines(String... lines) {
    return String.join("\r\n", lines) + "\r\n";
  }

  private static Forwarding from(String address, int trustedHops) {
    try {
      return new Forwarding(InetAddress.getByName(address), 8080, trustedHops);
    } catch (UnknownHostException notALiteral) {
      throw new IllegalArgumentException(notALiteral);
    }
  }

  private String request(String bytes, Forwarding by) {
    byte[] b = Reading.bytes(bytes);
    assertThat(reading.request(b, 0, b.length)).as(bytes).isEqualTo(HeadParser.COMPLETE);
    int length =
        writer.request(
            b, reading.head, reading.target, by, FieldEdits.NONE, Reading.bytes("10.1.1.1:9000"));
    return Reading.text(writer.bytes(), 0, length);
  }

  private String request(String bytes) {
    return request(bytes, from("10.0.0.9", 0));
  }

  private String response(String bytes, Persistence persistence) {
    return response(bytes, persistence, Framing.SAME);
  }

  private String response(String bytes, Persistence persistence, Framing framing) {
    byte[] b = Reading.bytes(bytes);
    assertThat(reading.head.parseResponse(b, 0, b.length)).isEqualTo(HeadParser.COMPLETE);
    int length = writer.response(b, reading.head, FieldEdits.NONE, persistence, framing);
    return Reading.text(writer.bytes(), 0, length);
  }

  @Nested
  final class Requests {
    @Test
    void aPlainRequestPassesAsItCameWithForwardingFields() {
      String plain = "PUT /a?b HTTP/1.1\r\nHost: h\r\nX:  y \r\nContent-Length: 3\r\n";
      assertThat(request("\r\n" + plain + "\r\nabc")).isEqualTo(plain + ADDED);
    }

    @Test
    void whatIsForThisHopIsDropped() {
      assertThat(
              request(
                  START
                      + "Connection: close, x-private\r\n"
                      + "Keep-Alive: 1\r\n"
                      + "A: 1\r\n"
                      + "X-Private: 2\r\n"
                      + "Proxy-Connection: keep-alive\r\n"
                      + "TE: trailers\r\n"
                      + "Upgrade: foo\r\n"
                      + "B: 2\r\n\r\n"))
          .isEqualTo(START + "A: 1\r\nB: 2\r\n" + ADDED);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "Authorization",
          "Cache-Control",
          "Content-Encoding",
          "Content-Type",
          "Cookie",
          "Set-Cookie",
          "X-Real-IP"
        })
    void aProtectedFieldCannotBeNominatedAway(String name) {
      String field = name + ": 1\r\n";
      assertThat(request(START + "Connection: " + name + "\r\n" + field + "\r\n"))
          .isEqualTo(START + field + ADDED);
    }

    @Test
    void framingHostAndExpectationCannotBeNominatedAway() {
      String fields = "Content-Length: 3\r\nExpect: 100-continue\r\n";
      assertThat(
              request(START + "Connection: Host, content-length, Expect\r\n" + fields + "\r\nabc"))
          .isEqualTo(START + fields + ADDED);
      String chunked = "Transfer-Encoding: chunked\r\n";
      assertThat(request(START + "Connection: Transfer-Encoding\r\n" + chunked + "\r\n"))
          .isEqualTo(START + chunked + ADDED);
    }

    @Test
    void anUpgradeIsPassedOnWithItsOwnConnectionField() {
      assertThat(
              request(
                  START + "Connection: Upgrade, x\r\nX: 1\r\nUpgrade: websocket\r\nTE: t\r\n\r\n"))
          .isEqualTo(START + "Upgrade: websocket\r\nConnection: upgrade\r\n" + ADDED);
    }

    @Test
    void anUpgradeToH2cIsNotPassedOn() {
      assertThat(
              request(
                  START
                      + "Connection: Upgrade, HTTP2-Settings\r\n"
                      + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"))
          .isEqualTo(START + ADDED);
    }

    @Test
    void theAuthorityOfAnAbsoluteTargetReplacesHost() {
      assertThat(request("GET http://h?q HTTP/1.1\r\nX: 1\r\nHost: evil\r\nConnection: a\r\n\r\n"))
          .isEqualTo("GET /?q HTTP/1.1\r\nHost: h\r\nX: 1\r\n" + ADDED);
      assertThat(request("GET http://h HTTP/1.1\r\nHost: evil\r\n\r\n"))
          .isEqualTo("GET / HTTP/1.1\r\nHost: h\r\n" + ADDED);
    }

    /** RFC 9112 section 3.2.4. */
    @Test
    void optionsOfAWholeServerStayThat() {
      assertThat(request("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"))
          .isEqualTo("OPTIONS * HTTP/1.1\r\nHost: h\r\n" + ADDED);
      assertThat(request("OPTIONS http://h HTTP/1.1\r\nHost: h\r\n\r\n"))
          .isEqualTo("OPTIONS * HTTP/1.1\r\nHost: h\r\n" + ADDED);
      assertThat(request("OPTIONS http://h?x HTTP/1.1\r\nHost: h\r\n\r\n"))
          .isEqualTo("OPTIONS /?x HTTP/1.1\r\nHost: h\r\n" + ADDED);
    }

    @Test
    void anHttp10RequestWithoutHostGetsTheEndpointForHost() {
      assertThat(request("GET / HTTP/1.0\r\n\r\n"))
          .isEqualTo(
              lines(
                  "GET / HTTP/1.1",
                  "Host: 10.1.1.1:9000",
                  "X-Forwarded-For: 10.0.0.9",
                  "X-Forwarded-Proto: http",
                  "X-Forwarded-Port: 8080",
                  "Forwarded: for=10.0.0.9;proto=http",
                  ""));
    }

    @Test
    void withoutTrustWhatTheClientSaysOfItsWayIsReplaced() {
      assertThat(
              request(
                  START
                      + "x-forwarded-for: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\n"
                      + "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n"
                      + "X-Forwarded-Port: 1\r\n\r\n"))
          .isEqualTo(START + ADDED);
    }

    @Test
    void withTrustedHopsTheirWordStaysAndThePeerIsAdded() {
      String before =
          lines(
              "X-Forwarded-For: 1.1.1.1",
              "Forwarded: for=1.1.1.1",
              "X-Forwarded-Proto: https",
              "X-Forwarded-For: 2.2.2.2",
              "X-Forwarded-Host: www",
              "X-Forwarded-Port: 443");
      assertThat(
              request(
                  START + "Connection: X-Forwarded-For, Forwarded\r\n" + before + "\r\n",
                  from("10.0.0.9", 1)))
          .isEqualTo(
              lines(
                  "GET / HTTP/1.1",
                  "Host: h",
                  "X-Forwarded-Proto: https",
                  "X-Forwarded-Host: www",
                  "X-Forwarded-Port: 443",
                  "X-Forwarded-For: 1.1.1.1, 2.2.2.2, 10.0.0.9",
                  "Forwarded: for=1.1.1.1, for=10.0.0.9;host=h;proto=http",
                  ""));
    }

    @Test
    void anIpv6ClientIsQuotedInForwarded() {
      assertThat(request(START + "\r\n", from("2001:db8::1", 0)))
          .contains("X-Forwarded-For: 2001:db8:0:0:0:0:0:1\r\n")
          .contains("Forwarded: for=\"[2001:db8:0:0:0:0:0:1]\";");
    }

    @Test
    void theLargestHeadFits() {
      String host = "h".repeat(HeadParser.MAX_HOST_BYTES);
      String start = "GET http://" + host + " HTTP/1.1\r\nHost: " + host + "\r\nX: ";
      String x = "x".repeat(Reading.MAX_HEAD - start.length() - 4);
      assertThat(request(start + x + "\r\n\r\n", from("2001:db8:1111:2222:3333:4444:5555:6666", 1)))
          .endsWith(";proto=http\r\n\r\n");
    }

    @Test
    void fieldsAndHostAreSetAddedAndRemoved() {
      FieldEdits edits =
          FieldEdits.of(
              new HeaderEdits(
                  List.of("X-Remove", "Content-Length"),
                  List.of(
                      new HeaderEdits.Field("X-Set", "new"),
                      new HeaderEdits.Field("Host", "inner:80")),
                  List.of(new HeaderEdits.Field("X-Add", "more"))));
      byte[] b =
          Reading.bytes(
              START + "x-set: old\r\nX-Add: 1\r\nX-REMOVE: 2\r\nContent-Length: 3\r\n\r\n");
      assertThat(reading.request(b, 0, b.length)).isEqualTo(HeadParser.COMPLETE);
      Forwarding by = from("10.0.0.9", 0);
      int length = writer.request(b, reading.head, reading.target, by, edits, new byte[0]);
      assertThat(Reading.text(writer.bytes(), 0, length))
          .isEqualTo(
              lines(
                      "GET / HTTP/1.1",
                      "Host: inner:80",
                      "X-Add: 1",
                      "Content-Length: 3", // is nobody's to remove
                      "X-Set: new",
                      "X-Add: more")
                  + ADDED);
    }
  }

  @Nested
  final class Responses {
    @Test
    void aPlainResponsePassesAsItCame() {
      String plain = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX:y\r\n";
      assertThat(response(plain + "\r\nok", Persistence.SILENT)).isEqualTo(plain + "\r\n");
    }

    @Test
    void theVersionIsThatOfThisHop() {
      assertThat(response("HTTP/1.0 200\r\n\r\n", Persistence.CLOSE))
          .isEqualTo("HTTP/1.1 200\r\nConnection: close\r\n\r\n");
    }

    @Test
    void whatIsForThatHopIsDropped() {
      String said =
          lines(
              "HTTP/1.1 200 OK",
              "Connection: close, x, set-cookie",
              "Keep-Alive: 5",
              "X: 1",
              "Set-Cookie: a",
              "Upgrade: h2c",
              "X-Weir-Reason: forged",
              "Y: 2",
              "");
      assertThat(response(said, Persistence.KEEP_ALIVE))
          .isEqualTo("HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nY: 2\r\nConnection: keep-alive\r\n\r\n");
    }

    @Test
    void aSwitchOfProtocolsNamesThem() {
      assertThat(
              response(
                  "HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
                  Persistence.UPGRADE))
          .isEqualTo("HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
    }

    @Test
    void theFramingIsWhatTheClientUnderstands() {
      String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n";
      assertThat(response(chunked, Persistence.CLOSE, Framing.UNTIL_CLOSE))
          .isEqualTo("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
      assertThat(response("HTTP/1.1 200 OK\r\n\r\n", Persistence.SILENT, Framing.CHUNKED))
          .isEqualTo("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    }
  }
}
