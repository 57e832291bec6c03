package io.weir.agent.l4;

import io.netty.channel.unix.Socket;
import java.io.IOException;

/** What bytes are in between being read from one socket and written to another. Empty at first. */
sealed interface Carrier permits Pipe, Chunk {
  /**
   * Reads into this one, which must be empty.
   *
   * @return bytes; 0 when there is nothing to read, perhaps because it is the end; negative when it
   *     surely is
   */
  int fill(Socket from) throws IOException;

  /**
   * Writes what is in this one.
   *
   * @return bytes; 0 when the socket takes none now
   */
  int drain(Socket to) throws IOException;

  boolean isEmpty();

  void close();
}
