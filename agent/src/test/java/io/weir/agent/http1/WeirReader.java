package io.weir.agent.http1;

import io.weir.agent.http1.Transcript.Message;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Reads a connection with {@link HeadParser} and {@link ChunkTracker}, as the proxy does. */
final class WeirReader {
  private final HeadParser head =
      new HeadParser(Reading.MAX_HEAD, Reading.MAX_TARGET, Reading.MAX_FIELDS);
  private final ChunkTracker chunks = new ChunkTracker();

  private enum In {
    HEAD,
    NOTHING,
    LENGTH,
    CHUNKS,
    UNTIL_CLOSE,
    REFUSED
  }

  /**
   * @param ends of the pieces in which the bytes come, ascending; the last is their number
   */
  Transcript read(byte[] b, int[] ends, boolean responses) {
    List<Message> messages = new ArrayList<>();
    In in = In.HEAD;
    int at = 0;
    long remaining = 0;
    for (int end : ends) {
      boolean more = true;
      while (more) {
        int before = at;
        switch (in) {
          case HEAD -> {
            int result = responses ? head.parseResponse(b, at, end) : head.parseRequest(b, at, end);
            if (result == HeadParser.COMPLETE) {
              messages.add(message(b, responses));
              at = head.end();
              in = body(responses);
              remaining = in == In.NOTHING ? 0 : head.contentLength();
              chunks.reset();
            } else if (result != HeadParser.INCOMPLETE) {
              in = In.REFUSED;
            }
          }
          case LENGTH -> {
            int n = (int) Math.min(remaining, end - at);
            at += n;
            remaining -= n;
          }
          case CHUNKS -> {
            ByteBuffer piece = ByteBuffer.wrap(b, at, end - at);
            chunks.consume(piece);
            at = piece.position();
            in = chunks.broken() ? In.REFUSED : in;
          }
          case NOTHING, UNTIL_CLOSE, REFUSED -> {}
        }
        if ((in == In.NOTHING || in == In.LENGTH) && remaining == 0
            || in == In.CHUNKS && chunks.ended()) {
          messages.add(messages.removeLast().endingAt(at));
          in = In.HEAD;
        }
        more = at > before;
      }
    }
    return new Transcript(messages, in == In.REFUSED);
  }

  /** RFC 9112 section 6.3, for no request that a response belongs to. */
  private In body(boolean responses) {
    if (responses) {
      int status = head.status();
      if (status == 101) {
        return In.UNTIL_CLOSE;
      }
      if (status < 200 || status == 204 || status == 304) {
        return In.NOTHING;
      }
    }
    if (head.chunked()) {
      return In.CHUNKS;
    }
    return head.contentLength() != HeadParser.NO_LENGTH
        ? In.LENGTH
        : responses ? In.UNTIL_CLOSE : In.NOTHING;
  }

  private Message message(byte[] b, boolean response) {
    String line =
        response
            ? "HTTP/1." + head.minorVersion() + " " + head.status()
            : Reading.text(b, head.start(), head.targetEnd()) + " HTTP/1." + head.minorVersion();
    List<String> fields = new ArrayList<>(2 * head.fields());
    for (int n = 0; n < head.fields(); n++) {
      fields.add(Reading.text(b, head.lineStart(n), head.lineStart(n) + head.nameLength(n)));
      fields.add(Reading.text(b, head.valueStart(n), head.valueEnd(n)));
    }
    return new Message(line, fields, Transcript.OPEN);
  }
}
