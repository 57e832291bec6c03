package io.weir.agent.http1;

import io.weir.agent.http1.Transcript.Message;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Reads a connection with {@link HeadParser} and {@link BodyTracker}, as the proxy does. */
final class WeirReader {
  private final HeadParser head = new HeadParser(Reading.LIMITS);
  private final BodyTracker body = new BodyTracker();

  private enum In {
    HEAD,
    BODY,
    SWITCHED,
    REFUSED
  }

  /**
   * @param ends of the pieces in which the bytes come, ascending; the last is their number
   */
  Transcript read(byte[] b, int[] ends, boolean responses) {
    List<Message> messages = new ArrayList<>();
    In in = In.HEAD;
    int at = 0;
    for (int end : ends) {
      boolean more = true;
      while (more) {
        int before = at;
        if (in == In.HEAD) {
          int result = responses ? head.parseResponse(b, at, end) : head.parseRequest(b, at, end);
          if (result == HeadParser.COMPLETE) {
            messages.add(message(b, responses));
            at = head.end();
            in = behindHead(responses);
          } else if (result != HeadParser.INCOMPLETE) {
            in = In.REFUSED;
          }
        }
        if (in == In.BODY) {
          at = body(b, at, end, messages);
          in = body.broken() ? In.REFUSED : in;
          if (body.ended()) {
            messages.add(messages.removeLast().endingAt(at));
            in = In.HEAD;
          }
        }
        more = at > before;
      }
    }
    return new Transcript(messages, in == In.REFUSED);
  }

  private In behindHead(boolean responses) {
    if (!responses) {
      body.request(head);
      return In.BODY;
    }
    int status = head.status();
    if (status == 101) {
      return In.SWITCHED;
    }
    body.response(head, status < 200); // an interim response has no body, as if to HEAD
    return In.BODY;
  }

  private int body(byte[] b, int at, int end, List<Message> messages) {
    ByteBuffer piece = ByteBuffer.wrap(b, at, end - at);
    int[] content = {messages.getLast().content()};
    body.take(
        piece, (position, length) -> content[0] = Transcript.hash(content[0], b, position, length));
    if (!body.chunked()) {
      content[0] = Transcript.hash(content[0], b, at, piece.position() - at);
    }
    messages.add(messages.removeLast().withContent(content[0]));
    return piece.position();
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
    return new Message(line, fields, 0, Transcript.OPEN);
  }
}
