package io.weir.controller.discovery;

import io.weir.v1.DiscoveredEndpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;

/** SRV records as endpoints (RFC 2782). */
final class Services {
  private static final int MAX_WEIGHT = 65_535;
  private static final int MAX_PRIORITY = 127;

  /** Of what a weight is made that a record has, where some are shared or 0. */
  private static final int FINER = 100;

  private Services() {}

  /**
   * The lowest priority is {@code base}, the next one {@code base + 1} and so on. Where records
   * have weights of 0 beside others, or targets several addresses, all weights are finer than those
   * of the records: a target's is shared by its addresses, and 0 is the least there is.
   *
   * @param addresses of a target
   */
  static List<DiscoveredEndpoint> endpoints(
      List<Answer.Service> services, int base, Function<String, List<String>> addresses) {
    SortedSet<Integer> priorities = new TreeSet<>();
    services.forEach(service -> priorities.add(service.priority()));
    List<Integer> order = List.copyOf(priorities);
    List<DiscoveredEndpoint> endpoints = new ArrayList<>();
    boolean weighted = services.stream().anyMatch(service -> service.weight() > 0);
    boolean finer =
        weighted
            && services.stream()
                .anyMatch(one -> one.weight() == 0 || addresses.apply(one.target()).size() > 1);
    int heaviest = services.stream().mapToInt(Answer.Service::weight).max().orElse(1);
    double factor = finer ? Math.min(FINER, (double) MAX_WEIGHT / Math.max(1, heaviest)) : 1;
    for (Answer.Service service : services) {
      List<String> its = addresses.apply(service.target());
      double share = weighted ? service.weight() * factor : 1;
      int weight = (int) Math.max(1, Math.round(share / Math.max(1, finer ? its.size() : 1)));
      for (String address : its) {
        endpoints.add(
            DiscoveredEndpoint.newBuilder()
                .setAddress(address(address, service.port()))
                .setWeight(weight)
                .setPriority(Math.min(MAX_PRIORITY, base + order.indexOf(service.priority())))
                .setName(service.target())
                .build());
      }
    }
    return endpoints;
  }

  static String address(String literal, int port) {
    return (literal.indexOf(':') < 0 ? literal : "[" + literal + "]") + ":" + port;
  }
}
