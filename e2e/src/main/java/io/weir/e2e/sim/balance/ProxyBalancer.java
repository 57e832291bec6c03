package io.weir.e2e.sim.balance;

/**
 * Chooses a server for each request of one proxy. It knows what that proxy sees and nothing else,
 * except for the oracle. Times are nanoseconds of virtual time and never go back.
 */
interface ProxyBalancer {
  /**
   * The server, from 0, that gets the request.
   *
   * @param request its number while it is under way; is used again later
   */
  int pick(int request, long now);

  /**
   * The request is over for the proxy; once for every pick.
   *
   * @param server what was picked
   * @param began when it was picked
   * @param answered false: the proxy gave up waiting
   */
  void done(int request, int server, long began, boolean answered, long now);
}
