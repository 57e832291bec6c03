package io.weir.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.Http1ServerConfig;
import io.vertx.core.http.impl.http1.VertxHttpRequestDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Vert.x's request decoder, which is lenient where a proxy must not be, because the next hop may
 * read the same bytes another way: refuses Content-Length beside Transfer-Encoding, folded lines,
 * control characters, bare CR, and request lines that are not exactly "method SP target SP version"
 * (RFC 9112 sections 2.2, 3, 5.2, 6.1). After a refusal nothing more is parsed.
 */
final class StrictRequestDecoder extends VertxHttpRequestDecoder {
  /** The next bytes decoded belong to a request's head. */
  private boolean inHead = true;

  private boolean requestLineSeen;
  private @Nullable String fault;
  private boolean refused;

  StrictRequestDecoder(Http1ServerConfig config) {
    super(config);
  }

  /** A version this proxy does not speak. */
  static final class UnknownVersionException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    UnknownVersionException(String message) {
      super(message);
    }
  }

  @Override
  protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
    fault = "Content-Length beside Transfer-Encoding";
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf buffer, List<Object> out)
      throws Exception {
    if (refused) {
      buffer.skipBytes(buffer.readableBytes());
      return;
    }
    int from = buffer.readerIndex();
    int known = out.size();
    super.decode(context, buffer, out);
    for (int i = known; i < out.size(); i++) {
      Object message = out.get(i);
      if (message instanceof HttpRequest request) {
        inspectHead(buffer, from, request.decoderResult().isFailure());
        inHead = false;
        refuse(request, buffer, out, i);
      }
      if (message instanceof LastHttpContent) {
        inHead = true;
        requestLineSeen = false;
      }
    }
    if (out.size() == known && inHead) {
      inspectHead(buffer, from, false);
    }
  }

  /** Of a head the decoder has refused itself, no more than the request line was read. */
  private void inspectHead(ByteBuf buffer, int from, boolean failed) {
    if (fault == null && !(failed && requestLineSeen)) {
      fault = inspect(buffer, from, buffer.readerIndex(), failed);
    }
  }

  private void refuse(HttpRequest request, ByteBuf buffer, List<Object> out, int index) {
    if (fault != null) {
      request.setDecoderResult(DecoderResult.failure(new IllegalArgumentException(fault)));
    }
    if (request.decoderResult().isSuccess()) {
      return;
    }
    refused = true;
    while (out.size() > index + 1) {
      ReferenceCountUtil.release(out.removeLast());
    }
    buffer.skipBytes(buffer.readableBytes());
  }

  /** Whole lines of a head, as the decoder has just taken them. */
  private @Nullable String inspect(ByteBuf buffer, int from, int to, boolean firstOnly) {
    int start = from;
    while (start < to) {
      int newline = buffer.indexOf(start, to, (byte) '\n');
      if (newline < 0 && firstOnly) {
        return null; // too long to have an end
      }
      int end = newline < 0 ? to : newline;
      if (end > start && buffer.getByte(end - 1) == '\r') {
        end--;
      }
      if (end > start) {
        String found =
            requestLineSeen ? field(buffer, start, end) : requestLine(buffer, start, end);
        if (found != null || firstOnly) {
          return found;
        }
        requestLineSeen = true;
      }
      start = newline < 0 ? to : newline + 1;
    }
    return null;
  }

  private static @Nullable String field(ByteBuf buffer, int start, int end) {
    int colon = start;
    while (colon < end && isToken(buffer.getByte(colon))) {
      colon++;
    }
    if (colon == start || colon == end || buffer.getByte(colon) != ':') {
      return "folded line or malformed field name";
    }
    return control(buffer, colon, end);
  }

  /** RFC 9110 section 5.6.2 */
  private static boolean isToken(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || (b > ' ' && "!#$%&'*+-.^_`|~".indexOf(b) >= 0);
  }

  private static @Nullable String control(ByteBuf buffer, int start, int end) {
    for (int i = start; i < end; i++) {
      byte b = buffer.getByte(i);
      if ((b >= 0 && b < ' ' && b != '\t') || b == 0x7f) {
        return "control character in the head";
      }
    }
    return null;
  }

  private static @Nullable String requestLine(ByteBuf buffer, int start, int end) {
    String line = buffer.toString(start, end - start, StandardCharsets.ISO_8859_1);
    int first = line.indexOf(' ');
    int last = line.lastIndexOf(' ');
    if (first <= 0
        || last <= first + 1
        || line.indexOf(' ', first + 1) != last
        || line.indexOf('\t') >= 0
        || !line.startsWith("HTTP/", last + 1)) {
      return "malformed request line";
    }
    return control(buffer, start, end);
  }

  @Override
  protected HttpMessage createMessage(String[] line) {
    if (!line[2].equals("HTTP/1.1") && !line[2].equals("HTTP/1.0")) {
      throw new UnknownVersionException("version " + line[2] + " is not spoken here");
    }
    return super.createMessage(line);
  }
}
