package io.weir.e2e.sim.fleet;

import io.weir.controller.store.Leadership;
import io.weir.controller.store.SoleLeadership;
import io.weir.controller.store.Store;
import io.weir.controller.store.StoreException;
import io.weir.controller.store.Terms;

/** A controller leads from its start until another one starts. */
final class Oldest implements Leadership {
  private final SimController controller;
  private final Store store;
  private final SoleLeadership sole;
  private final long term;

  Oldest(SimController controller, Store store) {
    this.controller = controller;
    this.store = store;
    this.sole = new SoleLeadership(store);
    this.term = Terms.of(store);
  }

  @Override
  public void start(Listener listener) {
    sole.start(listener);
  }

  @Override
  public boolean holds(long asked) {
    return sole.holds(asked);
  }

  @Override
  public void resign(long given) {
    controller.superseded();
  }

  @Override
  public void look() {
    controller.ask(() -> {
      try {
        if (Terms.of(store) > term) {
          resign(term);
        }
      } catch (StoreException e) {
        // The store's fence holds meanwhile.
        return;
      }
    });
  }

  @Override
  public void close() {}
}
