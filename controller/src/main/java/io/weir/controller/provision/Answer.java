package io.weir.controller.provision;

import java.util.List;

/**
 * An order was taken.
 *
 * @param instances those the provider told of in its answer, all or some; empty: {@link
 *     Provisioner#list} may tell
 */
public record Answer(List<Provisioned> instances) {
  public static final Answer NOTHING_TOLD = new Answer(List.of());

  public Answer {
    instances = List.copyOf(instances);
  }
}
