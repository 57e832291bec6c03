package io.weir.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;

/** The responses that Weir gives by itself. */
final class Answer {
  private Answer() {}

  /**
   * @param text one sentence for a person
   * @param headOnly it answers a HEAD request
   */
  static ByteBuf of(
      Loop loop,
      int status,
      Reason reason,
      String text,
      boolean keep,
      boolean oldClient,
      boolean headOnly) {
    String body = text + "\n";
    StringBuilder head = new StringBuilder(256);
    head.append("HTTP/1.1 ").append(status).append(' ').append(phrase(status));
    head.append("\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ");
    head.append(body.length()).append("\r\nX-Weir-Reason: ").append(reason.word());
    if (status == 405) {
      head.append("\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    }
    if (!keep) {
      head.append("\r\nConnection: close");
    } else if (oldClient) {
      head.append("\r\nConnection: keep-alive");
    }
    head.append("\r\n\r\n");
    if (!headOnly) {
      head.append(body);
    }
    byte[] bytes = head.toString().getBytes(StandardCharsets.US_ASCII);
    return loop.copy(bytes, bytes.length);
  }

  private static String phrase(int status) {
    return HttpResponseStatus.valueOf(status).reasonPhrase();
  }
}
