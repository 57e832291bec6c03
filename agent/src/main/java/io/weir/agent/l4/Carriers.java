package io.weir.agent.l4;

import java.io.IOException;
import java.util.ArrayDeque;

/**
 * The carriers of one listener on one loop. A connection has one only while bytes are in it, so
 * that few serve any number of connections. Confined to the loop.
 */
final class Carriers {
  private static final int MAX_IDLE = 32;

  private final boolean splice;
  private final ArrayDeque<Pipe> pipes = new ArrayDeque<>();
  private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
  private boolean closed;

  /**
   * @param splice whether pipes are of use
   */
  Carriers(boolean splice) {
    this.splice = splice;
    if (splice) {
      pipes.addAll(Pipe.openEarly());
    }
  }

  /**
   * @param bulk whether much is to be expected
   * @throws IOException for want of descriptors
   */
  Carrier take(boolean bulk) throws IOException {
    if (bulk && splice) {
      Pipe pipe = pipes.pollLast();
      return pipe == null ? Pipe.open() : pipe;
    }
    Chunk chunk = chunks.pollLast();
    return chunk == null ? new Chunk() : chunk;
  }

  /** One that may hold what nobody wants any more. */
  void give(Carrier carrier) {
    switch (carrier) {
      case Pipe pipe when !closed && pipe.isEmpty() && pipes.size() < MAX_IDLE ->
          pipes.addLast(pipe);
      case Chunk chunk when !closed && chunks.size() < MAX_IDLE -> chunks.addLast(chunk);
      case Pipe pipe -> pipe.close();
      case Chunk chunk -> chunk.close();
    }
  }

  /** What is given back from now on is let go. */
  void close() {
    closed = true;
    pipes.forEach(Pipe::close);
    chunks.forEach(Chunk::close);
    pipes.clear();
    chunks.clear();
  }
}
