package io.weir.agent.http1;

import java.util.List;

/**
 * What a reader of HTTP/1 made of the bytes of one connection, one direction of it.
 *
 * @param refused the reader gave up behind the last message, or in it
 */
record Transcript(List<Message> messages, boolean refused) {
  /** {@link Message#end} of a message that has not ended. */
  static final int OPEN = -1;

  /**
   * @param line what the reader makes of the start line
   * @param fields name and value in turn, as they came
   * @param content {@link #hash} of the body without its framing
   * @param end offset behind the body, or OPEN
   */
  record Message(String line, List<String> fields, int content, int end) {
    Message withContent(int hash) {
      return new Message(line, fields, hash, end);
    }

    Message endingAt(int offset) {
      return new Message(line, fields, content, offset);
    }
  }

  /** Of what came before and some bytes more; 0 of nothing. Made so that zeros count. */
  static int hash(int before, byte[] b, int from, int length) {
    int h = before;
    for (int i = from; i < from + length; i++) {
      h = 31 * h + (b[i] & 0xff) + 1;
    }
    return h;
  }
}
