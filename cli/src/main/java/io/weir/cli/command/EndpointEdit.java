package io.weir.cli.command;

import io.weir.cli.admin.CtlException;
import io.weir.v1.Endpoint;
import io.weir.v1.PoolSpec;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Changes one endpoint of a pool and nothing else, whoever else changes the pool meanwhile. */
final class EndpointEdit {
  private static final int LISTED = 20;

  private final PoolEdit pool;
  private final String address;

  EndpointEdit(WeirCtl ctl, String pool, String address) {
    this.pool = new PoolEdit(ctl, pool);
    this.address = address;
  }

  /** {@code summary}: what the endpoint was and what it is, for the person and for the history. */
  void run(UnaryOperator<Endpoint.Builder> edit, Function<Change, String> summary) {
    pool.run(
        spec -> {
          int index = index(spec);
          return spec.toBuilder()
              .setEndpoints(index, edit.apply(spec.getEndpoints(index).toBuilder()))
              .build();
        },
        (before, after) -> {
          int index = index(before);
          return address
              + " "
              + summary.apply(new Change(before.getEndpoints(index), after.getEndpoints(index)));
        });
  }

  record Change(Endpoint before, Endpoint after) {}

  private int index(PoolSpec spec) {
    List<String> addresses = spec.getEndpointsList().stream().map(Endpoint::getAddress).toList();
    int index = addresses.indexOf(address);
    if (index < 0) {
      String some = addresses.stream().limit(LISTED).collect(Collectors.joining(", "));
      throw CtlException.error(
          "%s has no endpoint \"%s\"; it has %s%s%s"
              .formatted(
                  pool.pool(),
                  address,
                  addresses.isEmpty() ? "none" : some,
                  addresses.size() > LISTED
                      ? " and %d more".formatted(addresses.size() - LISTED)
                      : "",
                  spec.hasDiscovery()
                      ? "; one that was found by DNS has to be declared to be changed"
                      : ""));
    }
    return index;
  }

  static int weight(Endpoint endpoint) {
    return endpoint.hasWeight() ? endpoint.getWeight() : 1;
  }
}
