package io.weir.controller.store;

/** Of the embedded store, which one controller at a time has open: it leads from its start on. */
public final class SoleLeadership implements Leadership {
  private final long term;

  /**
   * Takes the next term. Blocks.
   *
   * @throws StoreException when the store fails
   */
  public SoleLeadership(Store store) {
    this.term = Terms.next(store);
  }

  @Override
  public void start(Listener listener) {
    listener.leads(term);
  }

  @Override
  public boolean holds(long asked) {
    return asked == term;
  }

  @Override
  public void resign(long given) {}

  @Override
  public void look() {}

  @Override
  public void close() {}
}
