package io.weir.agent.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.weir.agent.http1.Transcript.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads a connection with Netty's codec, as strict as it can be, and without limits of its own. */
final class NettyReader {
  private final List<Object> out = new ArrayList<>();
  private List<Message> messages = new ArrayList<>();

  private final Decoder requests = new Requests();
  private Decoder responses = new Responses();

  private interface Decoder {
    void reset();

    void decodeOnce(ByteBuf in, List<Object> out) throws Exception;
  }

  private static HttpDecoderConfig config() {
    return new HttpDecoderConfig()
        .setMaxInitialLineLength(1 << 20)
        .setMaxHeaderSize(1 << 20)
        .setMaxChunkSize(1 << 20)
        .setStrictLineParsing(true)
        .setUseRfc9112TransferEncoding(true)
        .setValidateHeaders(true);
  }

  private static final class Requests extends HttpRequestDecoder implements Decoder {
    Requests() {
      super(config());
    }

    @Override
    @SuppressWarnings("NullAway") // the context is for subclasses
    public void decodeOnce(ByteBuf in, List<Object> out) throws Exception {
      decode(null, in, out);
    }
  }

  private static final class Responses extends HttpResponseDecoder implements Decoder {
    Responses() {
      super(config());
    }

    @Override
    @SuppressWarnings("NullAway") // the context is for subclasses
    public void decodeOnce(ByteBuf in, List<Object> out) throws Exception {
      decode(null, in, out);
    }
  }

  /** As {@link WeirReader#read}. */
  Transcript read(byte[] b, int[] ends, boolean ofResponses) throws Exception {
    Decoder decoder = ofResponses ? responses : requests;
    messages = new ArrayList<>();
    ByteBuf in = Unpooled.wrappedBuffer(b).writerIndex(0);
    boolean refused = false;
    for (int end : ends) {
      in.writerIndex(end);
      boolean more = in.isReadable();
      while (more && !refused) {
        int before = in.readerIndex();
        decoder.decodeOnce(in, out);
        more = in.isReadable() && (in.readerIndex() > before || !out.isEmpty());
        refused = take(in.readerIndex());
      }
    }
    decoder.reset();
    if (ofResponses && (refused || messages.stream().anyMatch(m -> m.line().endsWith(" 101")))) {
      responses = new Responses(); // one that has switched protocols does not come back
    }
    return new Transcript(messages, refused);
  }

  /** Whether the decoder refuses to go on. */
  private boolean take(int offset) {
    boolean refused = false;
    for (Object o : out) {
      if (o instanceof HttpObject object && object.decoderResult().isFailure()) {
        refused = true;
      } else {
        if (o instanceof HttpMessage message) {
          messages.add(message(message));
        }
        if (o instanceof HttpContent content) {
          Message message = messages.removeLast();
          messages.add(message.withContent(hash(message.content(), content.content())));
        }
        if (o instanceof LastHttpContent) {
          messages.add(messages.removeLast().endingAt(offset));
        }
      }
      ReferenceCountUtil.release(o);
    }
    out.clear();
    return refused;
  }

  private static int hash(int before, ByteBuf content) {
    byte[] bytes = ByteBufUtil.getBytes(content, content.readerIndex(), content.readableBytes());
    return Transcript.hash(before, bytes, 0, bytes.length);
  }

  private static Message message(HttpMessage message) {
    String line =
        switch (message) {
          case HttpRequest r -> r.method() + " " + r.uri() + " " + r.protocolVersion();
          case HttpResponse r -> r.protocolVersion() + " " + r.status().code();
          default -> throw new IllegalStateException("neither request nor response");
        };
    List<String> fields = new ArrayList<>(2 * message.headers().size());
    for (Map.Entry<String, String> field : message.headers()) {
      fields.add(field.getKey());
      fields.add(field.getValue());
    }
    return new Message(line, fields, 0, Transcript.OPEN);
  }
}
