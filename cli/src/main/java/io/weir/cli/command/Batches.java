package io.weir.cli.command;

import io.weir.cli.admin.Kind;
import io.weir.cli.yaml.Declared;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Cuts what is to be applied into requests that a controller takes. */
final class Batches {
  private static final int MAX_RESOURCES = 100;

  /** A controller takes 4 MiB in one message. */
  private static final int MAX_BYTES = 3 << 20;

  private Batches() {}

  /** What others refer to comes first. */
  static List<List<Declared>> of(List<Declared> resources) {
    List<Declared> ordered =
        resources.stream()
            .sorted(Comparator.comparing(resource -> Kind.named(resource.kind()).orElseThrow()))
            .toList();
    List<List<Declared>> batches = new ArrayList<>();
    List<Declared> batch = new ArrayList<>();
    int bytes = 0;
    for (Declared resource : ordered) {
      int size = resource.resource().getSerializedSize();
      if (!batch.isEmpty() && (batch.size() == MAX_RESOURCES || bytes + size > MAX_BYTES)) {
        batches.add(batch);
        batch = new ArrayList<>();
        bytes = 0;
      }
      batch.add(resource);
      bytes += size;
    }
    batches.add(batch);
    return batches;
  }
}
