package io.weir.agent.http1;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Follows one body after the other as they pass through: how many of the bytes that come belong to
 * the body, and whether it is over (RFC 9112 section 6). Confined to one connection.
 */
public final class BodyTracker {
  private enum Framing {
    LENGTH,
    CHUNKED,
    UNTIL_CLOSE
  }

  private final ChunkTracker chunks = new ChunkTracker();
  private Framing framing = Framing.LENGTH;
  private long remaining;
  private long contentBytes;

  /** Follows the body of {@code head}, a request: without length or chunks there is none. */
  public void request(HeadParser head) {
    begin(head, Math.max(0, head.contentLength()));
  }

  /**
   * Follows the body of {@code head}, a final response.
   *
   * @param toHead it answers a HEAD request
   */
  public void response(HeadParser head, boolean toHead) {
    if (toHead || head.status() == 204 || head.status() == 304) {
      framing = Framing.LENGTH;
      remaining = contentBytes = 0;
    } else if (!head.chunked() && head.contentLength() == HeadParser.NO_LENGTH) {
      framing = Framing.UNTIL_CLOSE;
      contentBytes = 0;
    } else {
      begin(head, head.contentLength());
    }
  }

  private void begin(HeadParser head, long length) {
    if (head.chunked()) {
      framing = Framing.CHUNKED;
      chunks.reset();
    } else {
      framing = Framing.LENGTH;
      remaining = length;
      contentBytes = 0;
    }
  }

  public boolean chunked() {
    return framing == Framing.CHUNKED;
  }

  public boolean untilClose() {
    return framing == Framing.UNTIL_CLOSE;
  }

  /**
   * Of a body that is not in chunks: how many of {@code available} bytes belong to it, without
   * looking at them.
   */
  public int take(int available) {
    int n = framing == Framing.LENGTH ? (int) Math.min(remaining, available) : available;
    remaining -= n;
    contentBytes += n;
    return n;
  }

  /**
   * Moves the position of {@code in} over what belongs to the body.
   *
   * @param data told of the body's content, which is what moves but for the framing; may be null
   */
  public void take(ByteBuffer in, ChunkTracker.@Nullable Content data) {
    if (framing == Framing.CHUNKED) {
      chunks.consume(in, data);
    } else {
      in.position(in.position() + take(in.remaining()));
    }
  }

  /** Bytes still to come; 0 where nobody knows how many. */
  public long missing() {
    return framing == Framing.LENGTH ? remaining : 0;
  }

  /** Bytes of the body so far, without its framing. */
  public long contentBytes() {
    return framing == Framing.CHUNKED ? chunks.contentBytes() : contentBytes;
  }

  /** All of it has come. */
  public boolean ended() {
    return switch (framing) {
      case LENGTH -> remaining == 0;
      case CHUNKED -> chunks.ended();
      case UNTIL_CLOSE -> false;
    };
  }

  /** What came is not a body: nothing behind it can be trusted. */
  public boolean broken() {
    return framing == Framing.CHUNKED && chunks.broken();
  }
}
