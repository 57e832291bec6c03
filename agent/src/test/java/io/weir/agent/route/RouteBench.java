package io.weir.agent.route;

import io.weir.agent.model.RouteRule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to find a request's pool among many rules. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RouteBench {
  @Param({"1", "100", "10000"})
  public int rules = 1;

  private final RouteKey key = new RouteKey();
  private final byte[] request =
      "www7.example.com/api/v7/items".getBytes(StandardCharsets.US_ASCII);
  private RouteTable<String> hosts = RouteTable.compile(List.of(), RouteRule::pool);
  private RouteTable<String> prefixes = RouteTable.compile(List.of(), RouteRule::pool);

  @Setup
  public void compile() {
    List<RouteRule> byHost = new ArrayList<>();
    List<RouteRule> byPrefix = new ArrayList<>();
    for (int i = 0; i < rules; i++) {
      byHost.add(new RouteRule(List.of("www" + (7 + i) + ".example.com"), "/", "p" + i));
      byPrefix.add(new RouteRule(List.of(), "/api/v" + (7 + i), "p" + i));
    }
    hosts = RouteTable.compile(byHost, RouteRule::pool);
    prefixes = RouteTable.compile(byPrefix, RouteRule::pool);
  }

  @Benchmark
  public @Nullable String oneHostEach() {
    return key.read(request, 0, 16, 16, request.length) ? hosts.match(key) : null;
  }

  @Benchmark
  public @Nullable String onePrefixEach() {
    return key.read(request, 0, 16, 16, request.length) ? prefixes.match(key) : null;
  }
}
