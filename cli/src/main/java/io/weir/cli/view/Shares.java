package io.weir.cli.view;

import io.weir.cli.view.EndpointView.State;
import io.weir.v1.Priorities;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * What part of a pool's requests each endpoint is to get as things are: by priority as
 * weir.v1.Priorities says, within a priority by weight. Zones, slow start, subsets and what a
 * policy sees of load are left out.
 */
final class Shares {
  private final List<EndpointView> views;
  private final int overprovisioning;
  private final int threshold;
  private final int floor;

  /** {@code floor}: where the pool is after a failover. */
  Shares(List<EndpointView> views, Priorities priorities, int floor) {
    this.views = views;
    this.floor = floor;
    overprovisioning = priorities.hasOverprovisioning() ? priorities.getOverprovisioning() : 140;
    threshold = priorities.hasPanic() ? priorities.getPanic() : 50;
  }

  /** The same endpoints with their shares, 0 to 1. */
  List<EndpointView> shared() {
    TreeMap<Integer, List<EndpointView>> levels = new TreeMap<>();
    for (EndpointView view : views) {
      if (view.weight() > 0
          && view.state() != State.DRAINING
          && view.state() != State.MAINTENANCE) {
        levels.computeIfAbsent(view.endpoint().getPriority(), _ -> new ArrayList<>()).add(view);
      }
    }
    if (levels.tailMap(floor).values().stream().anyMatch(level -> usable(level) > 0)) {
      levels.headMap(floor).clear();
    }
    int available = levels.values().stream().mapToInt(this::availability).sum();
    boolean lacking = available < 100;
    boolean allInPanic = lacking && levels.values().stream().allMatch(this::isBelowThreshold);
    int endpoints = levels.values().stream().mapToInt(List::size).sum();
    List<EndpointView> shared = new ArrayList<>(views);
    double left = 1;
    for (List<EndpointView> level : levels.values()) {
      boolean panic = lacking && isBelowThreshold(level);
      double load =
          allInPanic
              ? (double) level.size() / endpoints
              : available == 0
                  ? 0
                  : Math.min(left, (double) availability(level) / Math.min(100, available));
      left -= load;
      List<EndpointView> serving = level.stream().filter(view -> panic || isUsable(view)).toList();
      double weight = serving.stream().mapToDouble(EndpointView::weight).sum();
      for (EndpointView view : serving) {
        shared.set(views.indexOf(view), view.withShare(load * view.weight() / weight));
      }
    }
    return List.copyOf(shared);
  }

  private int availability(List<EndpointView> level) {
    return Math.min(100, overprovisioning * usable(level) / level.size());
  }

  private boolean isBelowThreshold(List<EndpointView> level) {
    return 100 * usable(level) / level.size() < threshold;
  }

  private static int usable(List<EndpointView> level) {
    return (int) level.stream().filter(Shares::isUsable).count();
  }

  private static boolean isUsable(EndpointView view) {
    return view.state() != State.UNHEALTHY;
  }
}
