package io.weir.controller.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.dns.DnsResponseCode;
import io.weir.controller.discovery.Answer;
import io.weir.controller.discovery.Answer.Addresses;
import io.weir.controller.discovery.Answer.Failed;
import io.weir.controller.discovery.Answer.Service;
import io.weir.controller.discovery.Answer.Services;
import io.weir.controller.discovery.Query;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Over real sockets. */
final class DnsResolverTest {
  private static final String NAME = "web.example.com";

  private final DnsResolver resolver = new DnsResolver();
  private DnsServer server;

  @BeforeEach
  void start() throws InterruptedException {
    server = DnsServer.start();
  }

  @AfterEach
  void stop() {
    resolver.close();
    server.close();
  }

  private Answer ask(String name, Query.Type type, String... servers) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    resolver.ask(
        new Query(name, type),
        servers.length == 0 ? List.of(server.address()) : List.of(servers),
        answer::complete);
    return answer.orTimeout(25, TimeUnit.SECONDS).join();
  }

  private static long seconds(int n) {
    return Duration.ofSeconds(n).toNanos();
  }

  @Test
  void addressesComeWithTheirTimeToLive() {
    server.addresses(NAME, 30, "10.0.0.1", "10.0.0.2").addresses(NAME, 7, "2001:db8::1");
    assertThat(ask(NAME, Query.Type.A))
        .isEqualTo(new Addresses(List.of("10.0.0.1", "10.0.0.2"), seconds(30)));
    assertThat(ask(NAME, Query.Type.AAAA))
        .isEqualTo(new Addresses(List.of("2001:db8::1"), seconds(7)));
  }

  @Test
  void eachQuestionIsAskedAnewWhateverItsTimeToLive() {
    server.addresses(NAME, 3_600, "10.0.0.1");
    ask(NAME, Query.Type.A);
    server.addresses(NAME, 3_600, "10.0.0.2");
    assertThat(ask(NAME, Query.Type.A))
        .isEqualTo(new Addresses(List.of("10.0.0.2"), seconds(3_600)));
  }

  @Test
  void aliasesAreFollowed() {
    server
        .alias(NAME, 30, "a.example.com")
        .alias("a.example.com", 30, "b.example.com")
        .addresses("b.example.com", 30, "10.0.0.1");
    assertThat(ask(NAME, Query.Type.A)).isEqualTo(new Addresses(List.of("10.0.0.1"), seconds(30)));
  }

  @Test
  void aliasesInACircleFail() {
    server.alias(NAME, 30, "a.example.com").alias("a.example.com", 30, NAME);
    assertThat(ask(NAME, Query.Type.A))
        .isEqualTo(new Failed("is an alias of too many others, or of itself"));
  }

  @Test
  void theLeastTimeToLiveOnTheWayCounts() {
    server.alias(NAME, 5, "a.example.com").addresses("a.example.com", 300, "10.0.0.1");
    assertThat(ask(NAME, Query.Type.A)).isEqualTo(new Addresses(List.of("10.0.0.1"), seconds(5)));
  }

  @Test
  void aliasesThatTheServerDoesNotFollowAreAskedFor() {
    server.followsAliases(false);
    server.alias(NAME, 30, "a.example.com").addresses("a.example.com", 60, "10.0.0.1");
    assertThat(ask(NAME, Query.Type.A)).isEqualTo(new Addresses(List.of("10.0.0.1"), seconds(30)));
    server.nothing("a.example.com");
    assertThat(ask(NAME, Query.Type.A)).isEqualTo(new Addresses(List.of(), seconds(30)));
  }

  @Test
  void serviceRecordsAreRead() {
    server.services(
        "_http._tcp.example.com", 30, "10 5 8080 A.example.com", "20 0 8081 b.example.com");
    assertThat(ask("_http._tcp.example.com", Query.Type.SRV))
        .isEqualTo(
            new Services(
                List.of(
                    new Service("a.example.com", 8080, 10, 5),
                    new Service("b.example.com", 8081, 20, 0)),
                seconds(30)));
  }

  @Test
  void whatIsTooLongForADatagramComesOverTcp() {
    String[] many = new String[300];
    for (int i = 0; i < many.length; i++) {
      many[i] = "10.0." + i / 256 + "." + i % 256;
    }
    server.addresses(NAME, 30, many);
    assertThat(((Addresses) ask(NAME, Query.Type.A)).addresses()).containsExactlyInAnyOrder(many);
    assertThat(server.overTcp()).isEqualTo(1);
  }

  @Test
  void aNameWithoutRecordsIsToldFromOneThatDoesNotExist() {
    server.addresses(NAME, 30, "10.0.0.1");
    assertThat(ask(NAME, Query.Type.AAAA)).isEqualTo(new Addresses(List.of(), 0));
    assertThat(ask(NAME, Query.Type.SRV)).isEqualTo(new Services(List.of(), 0));
    assertThat(ask("other.example.com", Query.Type.A))
        .isEqualTo(new Failed("does not exist (NXDOMAIN)"));
  }

  @Test
  void aServerThatCannotIsSaidSo() {
    server.addresses(NAME, 30, "10.0.0.1");
    for (DnsResponseCode code : List.of(DnsResponseCode.SERVFAIL, DnsResponseCode.REFUSED)) {
      server.fail(code);
      assertThat(ask(NAME, Query.Type.A).toString()).contains(code.toString());
    }
  }

  @Test
  void aServerThatDoesNotAnswerIsPassedOver() throws InterruptedException {
    try (DnsServer other = DnsServer.start()) {
      other.addresses(NAME, 30, "10.0.0.1");
      server.silent(true);
      assertThat(ask(NAME, Query.Type.A)).isEqualTo(new Failed("was not answered in time"));
      assertThat(ask(NAME, Query.Type.A, server.address(), other.address()))
          .isEqualTo(new Addresses(List.of("10.0.0.1"), seconds(30)));
      server.silent(false).fail(DnsResponseCode.SERVFAIL);
      assertThat(ask(NAME, Query.Type.A, server.address(), other.address()))
          .isEqualTo(new Addresses(List.of("10.0.0.1"), seconds(30)));
    }
  }

  @Test
  void whereNobodyListensIsSaidSo() {
    server.close();
    assertThat(ask(NAME, Query.Type.A)).isInstanceOf(Failed.class);
  }
}
