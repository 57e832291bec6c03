package io.weir.controller.instances;

import io.weir.v1.ScaledInstance;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Instances and agents in sentences. */
final class Naming {
  private static final int NAMED = 5;

  private Naming() {}

  /** "a, b and 7 more". */
  static String some(List<String> names) {
    return names.size() <= NAMED
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, NAMED)) + " and " + (names.size() - NAMED) + " more";
  }

  /** By their addresses, where those are known. */
  static String those(List<ScaledInstance> of) {
    return some(
        of.stream()
            .map(one -> one.getAddress().isEmpty() ? one.getId() : one.getAddress())
            .toList());
  }

  static Set<String> ids(Collection<ScaledInstance> of) {
    return of.stream().map(ScaledInstance::getId).collect(Collectors.toCollection(HashSet::new));
  }
}
