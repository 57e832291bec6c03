package io.weir.e2e.bench;

/**
 * One contender's part of one round.
 *
 * @param cpu of the contender's processes while the load lasted
 */
record Turn(WrkResult load, CpuTime cpu) {
  /** A turn in which a request failed says nothing about the cost of serving it. */
  boolean valid() {
    return load.requests() > 0 && load.statusErrors() == 0 && load.socketErrors() == 0;
  }
}
