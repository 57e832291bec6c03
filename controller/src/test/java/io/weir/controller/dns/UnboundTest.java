package io.weir.controller.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.controller.discovery.Answer;
import io.weir.controller.discovery.Answer.Addresses;
import io.weir.controller.discovery.Answer.Failed;
import io.weir.controller.discovery.Answer.Service;
import io.weir.controller.discovery.Answer.Services;
import io.weir.controller.discovery.Query;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A name server that is not of our making. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class UnboundTest {
  /** So many addresses take more than a datagram of 1,232 bytes. */
  private static final int MANY = 200;

  private final DnsResolver resolver = new DnsResolver();
  private @Nullable Unbound server;
  private String address = "";

  @BeforeAll
  void start(@TempDir Path dir) throws IOException {
    Optional<Path> program = Unbound.program();
    Assumptions.assumeTrue(
        program.isPresent(), "no unbound is installed (Debian, Ubuntu: apt-get install unbound)");
    List<String> records =
        new ArrayList<>(
            List.of(
                "web.example.com. 30 IN A 10.0.0.1",
                "web.example.com. 30 IN A 10.0.0.2",
                "web.example.com. 7 IN AAAA 2001:db8::1",
                "_web._tcp.example.com. 60 IN SRV 10 5 8080 web.example.com.",
                "_web._tcp.example.com. 60 IN SRV 20 0 8081 backup.example.com."));
    for (int i = 0; i < MANY; i++) {
      records.add("many.example.com. 9 IN A 10.1.%d.%d".formatted(i / 100, i % 100));
    }
    server = Unbound.start(program.orElseThrow(), dir, "example.com", records);
    address = server.address();
  }

  @AfterAll
  void stop() {
    resolver.close();
    if (server != null) {
      server.close();
    }
  }

  private Answer ask(String name, Query.Type type) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    resolver.ask(new Query(name, type), List.of(address), answer::complete);
    return answer.orTimeout(25, TimeUnit.SECONDS).join();
  }

  private static long seconds(int n) {
    return Duration.ofSeconds(n).toNanos();
  }

  @Test
  void addressesOfBothKindsComeWithTheirTimeToLive() {
    assertThat(ask("web.example.com", Query.Type.A))
        .isInstanceOfSatisfying(
            Addresses.class,
            answer -> {
              assertThat(answer.addresses()).containsExactlyInAnyOrder("10.0.0.1", "10.0.0.2");
              assertThat(answer.ttl()).isEqualTo(seconds(30));
            });
    assertThat(ask("web.example.com", Query.Type.AAAA))
        .isEqualTo(new Addresses(List.of("2001:db8::1"), seconds(7)));
  }

  @Test
  void servicesComeWithPrioritiesWeightsAndPorts() {
    assertThat(ask("_web._tcp.example.com", Query.Type.SRV))
        .isInstanceOfSatisfying(
            Services.class,
            answer -> {
              assertThat(answer.services())
                  .containsExactlyInAnyOrder(
                      new Service("web.example.com", 8080, 10, 5),
                      new Service("backup.example.com", 8081, 20, 0));
              assertThat(answer.ttl()).isEqualTo(seconds(60));
            });
  }

  @Test
  void whatIsTooLongForADatagramComesOverTcp() {
    assertThat(ask("many.example.com", Query.Type.A))
        .isInstanceOfSatisfying(
            Addresses.class, answer -> assertThat(answer.addresses()).hasSize(MANY));
  }

  @Test
  void aNameThatIsNotThereAndOneWithoutSuchRecordsAreToldApart() {
    assertThat(ask("nobody.example.com", Query.Type.A))
        .isEqualTo(new Failed("does not exist (NXDOMAIN)"));
    assertThat(ask("many.example.com", Query.Type.AAAA))
        .isInstanceOfSatisfying(
            Addresses.class, answer -> assertThat(answer.addresses()).isEmpty());
  }
}
