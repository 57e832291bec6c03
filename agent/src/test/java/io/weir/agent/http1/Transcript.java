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
   * @param end offset behind the body, or OPEN
   */
  record Message(String line, List<String> fields, int end) {
    Message endingAt(int offset) {
      return new Message(line, fields, offset);
    }
  }
}
