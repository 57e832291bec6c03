package io.weir.agent.http1;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Follows a chunked body (RFC 9112 section 7.1) as it passes through, so that its end is known and
 * nothing that is not exactly a chunked body gets by: sizes below 2 GiB, which every reader can
 * hold, in at most 8 hexadecimal digits, CRLF and no other line end, extensions and trailers only
 * as the grammar has them and of bounded length. Keeps its place between calls; confined to one
 * connection.
 */
public final class ChunkTracker {
  /** Bytes of a chunk's extensions at most, and of all trailers together. */
  static final int MAX_LINE_BYTES = 8192;

  private static final int MAX_SIZE_DIGITS = 8;

  /** Is told where the content of chunks lies. */
  public interface Content {
    void at(int position, int length);
  }

  private enum State {
    SIZE_FIRST,
    SIZE,
    EXTENSION_GAP,
    EXTENSION_NAME_FIRST,
    EXTENSION_NAME,
    EXTENSION_VALUE_FIRST,
    EXTENSION_TOKEN,
    EXTENSION_QUOTED,
    EXTENSION_QUOTED_PAIR,
    EXTENSION_END,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER_FIRST,
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    LAST_LF,
    END,
    BROKEN
  }

  private State state = State.SIZE_FIRST;
  private long remaining;
  private long contentBytes;
  private int digits;
  private int lineBytes;
  private final byte[] one = new byte[1];

  /** Bytes of the body so far, without its framing. */
  public long contentBytes() {
    return contentBytes;
  }

  /** Ready for the next body. */
  public void reset() {
    contentBytes = 0;
    state = State.SIZE_FIRST;
    remaining = 0;
    digits = 0;
    lineBytes = 0;
  }

  /** The whole body, last chunk and trailers included, has passed. */
  public boolean ended() {
    return state == State.END;
  }

  public boolean broken() {
    return state == State.BROKEN;
  }

  /**
   * Moves {@code in}'s position over what belongs to this body: to the limit, to the body's end, or
   * to the first byte that breaks the framing.
   *
   * @param content told of chunk data in {@code in}; may be null
   */
  public void consume(ByteBuffer in, @Nullable Content content) {
    while (in.hasRemaining() && state != State.END && state != State.BROKEN) {
      if (state == State.DATA) {
        int n = (int) Math.min(remaining, in.remaining());
        if (content != null) {
          content.at(in.position(), n);
        }
        in.position(in.position() + n);
        remaining -= n;
        contentBytes += n;
        if (remaining == 0) {
          state = State.DATA_CR;
        }
        continue;
      }
      state = next(in.get());
      if (state == State.BROKEN) {
        in.position(in.position() - 1);
      }
    }
  }

  private State next(byte c) {
    return switch (state) {
      case SIZE_FIRST, SIZE -> size(c);
      case EXTENSION_GAP,
          EXTENSION_NAME_FIRST,
          EXTENSION_NAME,
          EXTENSION_VALUE_FIRST,
          EXTENSION_TOKEN,
          EXTENSION_QUOTED,
          EXTENSION_QUOTED_PAIR,
          EXTENSION_END ->
          ++lineBytes > MAX_LINE_BYTES ? State.BROKEN : extension(c);
      case SIZE_LF -> c == '\n' ? afterSize() : State.BROKEN;
      case DATA_CR -> c == '\r' ? State.DATA_LF : State.BROKEN;
      case DATA_LF -> c == '\n' ? newSize() : State.BROKEN;
      case TRAILER_FIRST, TRAILER_NAME, TRAILER_VALUE, TRAILER_LF ->
          ++lineBytes > MAX_LINE_BYTES ? State.BROKEN : trailer(c);
      case LAST_LF -> c == '\n' ? State.END : State.BROKEN;
      case DATA, END, BROKEN -> throw new IllegalStateException("not a framing state");
    };
  }

  private State newSize() {
    digits = 0;
    remaining = 0;
    lineBytes = 0;
    return State.SIZE_FIRST;
  }

  private State afterSize() {
    lineBytes = 0;
    return remaining == 0 ? State.TRAILER_FIRST : State.DATA;
  }

  private State size(byte c) {
    int digit = Ascii.hex(c);
    if (digit >= 0) {
      remaining = remaining << 4 | digit;
      return ++digits > MAX_SIZE_DIGITS || remaining > Integer.MAX_VALUE
          ? State.BROKEN
          : State.SIZE;
    }
    if (state == State.SIZE_FIRST) {
      return State.BROKEN;
    }
    return switch (c) {
      case '\r' -> State.SIZE_LF;
      case ';' -> State.EXTENSION_NAME_FIRST;
      case ' ', '\t' -> State.EXTENSION_GAP;
      default -> State.BROKEN;
    };
  }

  private State extension(byte c) {
    return switch (state) {
      case EXTENSION_GAP ->
          switch (c) {
            case ' ', '\t' -> State.EXTENSION_GAP;
            case ';' -> State.EXTENSION_NAME_FIRST;
            default -> State.BROKEN;
          };
      case EXTENSION_NAME_FIRST ->
          c == ' ' || c == '\t' ? state : isToken(c) ? State.EXTENSION_NAME : State.BROKEN;
      case EXTENSION_NAME ->
          c == '=' ? State.EXTENSION_VALUE_FIRST : isToken(c) ? state : afterExtension(c);
      case EXTENSION_VALUE_FIRST ->
          c == '"' ? State.EXTENSION_QUOTED : isToken(c) ? State.EXTENSION_TOKEN : State.BROKEN;
      case EXTENSION_TOKEN ->
          isToken(c)
              ? state
              : switch (c) {
                case '\r' -> State.SIZE_LF;
                case ';' -> State.EXTENSION_NAME_FIRST;
                default -> State.BROKEN;
              };
      case EXTENSION_QUOTED ->
          switch (c) {
            case '"' -> State.EXTENSION_END;
            case '\\' -> State.EXTENSION_QUOTED_PAIR;
            default -> isPlainText(c) ? state : State.BROKEN;
          };
      case EXTENSION_QUOTED_PAIR -> isPlainText(c) ? State.EXTENSION_QUOTED : State.BROKEN;
      case EXTENSION_END -> afterExtension(c);
      default -> throw new IllegalStateException("not in an extension");
    };
  }

  private static State afterExtension(byte c) {
    return switch (c) {
      case '\r' -> State.SIZE_LF;
      case ';' -> State.EXTENSION_NAME_FIRST;
      case ' ', '\t' -> State.EXTENSION_GAP;
      default -> State.BROKEN;
    };
  }

  private State trailer(byte c) {
    return switch (state) {
      case TRAILER_FIRST ->
          c == '\r' ? State.LAST_LF : isToken(c) ? State.TRAILER_NAME : State.BROKEN;
      case TRAILER_NAME ->
          c == ':' ? State.TRAILER_VALUE : isToken(c) ? State.TRAILER_NAME : State.BROKEN;
      case TRAILER_VALUE ->
          c == '\r' ? State.TRAILER_LF : isText(c) ? State.TRAILER_VALUE : State.BROKEN;
      case TRAILER_LF -> c == '\n' ? State.TRAILER_FIRST : State.BROKEN;
      default -> throw new IllegalStateException("not in a trailer");
    };
  }

  private boolean isToken(byte c) {
    one[0] = c;
    return Ascii.isToken(one, 0, 1);
  }

  private static boolean isPlainText(byte c) {
    return c == '\t' || c >= 0x20 && c != 0x7f; // negative: above ASCII
  }

  private static boolean isText(byte c) {
    return c == '\t' || (c & 0xff) >= 0x20 && c != 0x7f;
  }
}
