package io.weir.agent.http1;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
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

/** What it costs to read a request head, and to write the one that is passed on. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HeadBench {
  private static final String PLAIN =
      """
      GET /api/v1/items?page=2 HTTP/1.1
      Host: www.example.com
      User-Agent: curl/8.5.0
      Accept: application/json
      Accept-Encoding: gzip, deflate
      X-Request-Id: 3f1c7a8e-1f6d-4c52-9a57-0d5b8d3a1c11

      """;

  private static final String BROWSER =
      """
      GET /shop/products/1234/reviews?sort=newest&page=2 HTTP/1.1
      Host: www.example.com
      Connection: keep-alive
      sec-ch-ua: "Chromium";v="130", "Not?A_Brand";v="99"
      sec-ch-ua-mobile: ?0
      sec-ch-ua-platform: "Linux"
      Upgrade-Insecure-Requests: 1
      User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0
      Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8
      Sec-Fetch-Site: same-origin
      Sec-Fetch-Mode: navigate
      Sec-Fetch-Dest: document
      Referer: https://www.example.com/shop/products/1234
      Accept-Encoding: gzip, deflate, br, zstd
      Accept-Language: en-GB,en;q=0.9,de;q=0.8
      Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=yes

      """;

  /** 5 fields, or the 15 of a browser. */
  @Param({"plain", "browser"})
  public String request = "plain";

  private final Reading reading = new Reading();
  private final HeadWriter writer = new HeadWriter();
  private final byte[] endpoint = Reading.bytes("10.0.0.2:80");
  private Forwarding by = new Forwarding(InetAddress.getLoopbackAddress(), 8080, 0);
  private byte[] bytes = {};

  @Setup
  public void prepare() throws UnknownHostException {
    bytes = Reading.bytes((request.equals("plain") ? PLAIN : BROWSER).replace("\n", "\r\n"));
    by = new Forwarding(InetAddress.getByName("10.20.30.40"), 8080, 0);
    read();
  }

  @Benchmark
  public int parse() {
    return reading.head.parseRequest(bytes, 0, bytes.length);
  }

  /** With method, target and what it is routed by. */
  @Benchmark
  public final int read() {
    return reading.request(bytes, 0, bytes.length);
  }

  /** Of the head that was read in the beginning. */
  @Benchmark
  public int write() {
    return writer.request(bytes, reading.head, reading.target, by, FieldEdits.NONE, endpoint);
  }
}
