package io.weir.agent.proxy;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/** An origin that is a process of its own, to be killed; ends with its standard input. */
final class OriginProgram {
  private OriginProgram() {}

  public static void main(String[] args) throws IOException {
    long nanos = Long.parseLong(args[0]);
    Origin origin =
        new Origin(
            Origin.each((_, to) -> {
              LockSupport.parkNanos(nanos);
              to.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
            }));
    System.out.println(origin.address());
    while (System.in.read() >= 0) {}
    System.exit(0);
  }
}
