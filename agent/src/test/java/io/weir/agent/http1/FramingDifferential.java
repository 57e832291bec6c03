package io.weir.agent.http1;

import io.weir.agent.http1.Transcript.Message;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Two readers of the same bytes: whatever Weir takes for one message has to be the same message to
 * Netty's codec, with the same target, fields and end. Weir may refuse what Netty accepts, never
 * the other way round, and the two must never accept different things. Also the target of the
 * coverage-guided fuzzer ({@code weir fuzz}).
 */
public final class FramingDifferential {
  private static final FramingDifferential SHARED = new FramingDifferential();

  private final WeirReader weir = new WeirReader();
  private final NettyReader netty = new NettyReader();
  private long accepted;

  /** The fuzzer's entry, by its convention. */
  public static void fuzzerTestOneInput(byte[] input) throws Exception {
    SHARED.check(input);
  }

  /** Messages that both have accepted so far. */
  long accepted() {
    return accepted;
  }

  /** Throws AssertionError when the two disagree on {@code input}, whole or in pieces. */
  void check(byte[] input) throws Exception {
    int[] whole = {input.length};
    int[] pieces = pieces(input.length, new Random(Arrays.hashCode(input)));
    for (boolean responses : new boolean[] {false, true}) {
      Transcript ours = weir.read(input, whole, responses);
      if (ours.refused() && ours.messages().isEmpty()) {
        continue;
      }
      compare(ours, netty.read(input, whole, responses), responses);
      Transcript inPieces = weir.read(input, pieces, responses);
      if (!inPieces.equals(ours)) {
        throw new AssertionError("in pieces " + Arrays.toString(pieces) + ": " + inPieces + ours);
      }
      compare(inPieces, netty.read(input, pieces, responses), responses);
    }
  }

  private static int[] pieces(int length, Random random) {
    int step = 1 + (random.nextInt(8) == 0 ? random.nextInt(8) : 30 + random.nextInt(1000));
    int[] ends = new int[length / step + 1];
    for (int i = 0; i < ends.length; i++) {
      ends[i] = Math.min(length, (i + 1) * step);
    }
    return ends;
  }

  private void compare(Transcript ours, Transcript theirs, boolean responses) {
    int last = ours.messages().size() - 1;
    for (int i = 0; i <= last; i++) {
      Message mine = ours.messages().get(i);
      if (!responses && isHixie76(mine) || responses && mine.line().endsWith(" 101")) {
        return;
      }
      require(i < theirs.messages().size(), "Netty refuses message " + i, ours, theirs);
      Message other = theirs.messages().get(i);
      require(mine.line().equals(other.line()), "start line of " + i, ours, theirs);
      require(sameFields(mine, other, responses), "fields of " + i, ours, theirs);
      boolean brokenOff = i == last && ours.refused() && mine.end() == Transcript.OPEN;
      require(brokenOff || mine.end() == other.end(), "end of " + i, ours, theirs);
      require(brokenOff || mine.content() == other.content(), "content of " + i, ours, theirs);
      accepted++;
    }
    if (!ours.refused()) {
      require(theirs.messages().size() == last + 1, "Netty sees more messages", ours, theirs);
      require(!theirs.refused(), "Netty refuses", ours, theirs);
    }
  }

  private static void require(boolean held, String what, Transcript ours, Transcript theirs) {
    if (!held) {
      throw new AssertionError(what + "\n  ours   " + ours + "\n  theirs " + theirs);
    }
  }

  /**
   * To Netty a GET with these two fields has a body of eight bytes that nothing announces
   * (draft-hixie-thewebsocketprotocol-76); to RFC 9112 and to Weir it has none.
   */
  private static boolean isHixie76(Message request) {
    return has(request, "sec-websocket-key1") && has(request, "sec-websocket-key2");
  }

  private static boolean has(Message message, String name) {
    List<String> fields = message.fields();
    for (int i = 0; i < fields.size(); i += 2) {
      if (fields.get(i).toLowerCase(Locale.ROOT).equals(name)) {
        return true;
      }
    }
    return false;
  }

  /** Netty drops Transfer-Encoding from responses that cannot have a body, which Weir passes on. */
  private static boolean sameFields(Message mine, Message other, boolean responses) {
    return mine.fields().equals(other.fields())
        || responses
            && mine.line().matches(".* (1..|204|304)")
            && has(mine, "transfer-encoding")
            && !has(other, "transfer-encoding");
  }
}
