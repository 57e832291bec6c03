package io.weir.controller.discovery;

import java.util.List;

/** What came of a {@link Query}. */
public sealed interface Answer {
  /**
   * Of A or AAAA.
   *
   * @param addresses literals without brackets; none: the name has no such records
   * @param ttl the least of them, ns; not looked at where there are none
   */
  record Addresses(List<String> addresses, long ttl) implements Answer {
    public Addresses {
      addresses = List.copyOf(addresses);
    }
  }

  /** Of SRV. {@code ttl} as in {@link Addresses}. */
  record Services(List<Service> services, long ttl) implements Answer {
    public Services {
      services = List.copyOf(services);
    }
  }

  /**
   * Nobody knows.
   *
   * @param reason a clause, as in "cannot be resolved: no server answered in time"
   */
  record Failed(String reason) implements Answer {}

  /**
   * One SRV record (RFC 2782).
   *
   * @param target as a query's name; never the root, which says that there is no such service
   * @param port 1 to 65,535
   * @param priority 0 to 65,535; the lowest first
   * @param weight 0 to 65,535
   */
  record Service(String target, int port, int priority, int weight) {}
}
