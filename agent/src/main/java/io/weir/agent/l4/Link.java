package io.weir.agent.l4;

import java.net.InetSocketAddress;

/**
 * A client's connection, and the one to its endpoint once there is. What the client sends before
 * waits in the kernel. Confined to its loop.
 */
interface Link {
  InetSocketAddress client();

  /** Ends in one call of the owner's, perhaps before this returns. Not while another is awaited. */
  void connect(InetSocketAddress address, int timeoutMillis);

  /** Passes bytes on in both directions from now on; only after {@link Owner#connected}. */
  void relay();

  /** Bytes from the client. */
  long received();

  /** Bytes to the client. */
  long sent();

  /** Closes both connections so that both peers see it was not a proper end. No call follows. */
  void abort();

  /**
   * What is told of it. After {@link #ended} or {@link #clientGone} nothing more, all is closed.
   */
  interface Owner {
    void connected();

    void connectFailed(Outcome why);

    /** The client reset its connection before bytes were passed on. */
    void clientGone();

    /** Bytes went through. */
    void moved();

    /**
     * @param outcome FINISHED, CLIENT_RESET or ENDPOINT_RESET
     */
    void ended(Outcome outcome);
  }
}
