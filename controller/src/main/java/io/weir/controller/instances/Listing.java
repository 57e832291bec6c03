package io.weir.controller.instances;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the hook's provider has.
 *
 * @param number growing with each time it was asked
 * @param complete what is not in it is not there
 */
public record Listing(long number, boolean complete, List<Listed> instances) {
  public Listing {
    instances = List.copyOf(instances);
  }

  /** Ids of those on their way out. */
  Set<String> leaving() {
    return instances.stream().filter(Listed::leaving).map(Listed::id).collect(Collectors.toSet());
  }

  /** Whether it is there, and not on its way out as far as the provider knows. */
  boolean stays(String id) {
    return instances.stream().anyMatch(one -> one.id().equals(id) && !one.leaving());
  }

  /**
   * One instance.
   *
   * @param address empty: not known yet
   * @param leaving on its way out, whoever wanted that
   * @param zone as in an endpoint; empty: not known
   */
  public record Listed(String id, String address, boolean leaving, String zone) {
    /** One whose zone is not known. */
    public Listed(String id, String address, boolean leaving) {
      this(id, address, leaving, "");
    }
  }
}
