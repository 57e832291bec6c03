package io.weir.cli.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.v1.Resource;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Replay with {@code -Dweir.seed=N}. */
final class RoundTripTest {
  private static final int CASES = 2_000;

  private final long seed = Long.getLong("weir.seed", System.nanoTime());

  @Test
  void what_is_written_as_yaml_reads_back_as_the_same_resource() {
    RandomResources resources = new RandomResources(new Random(seed));
    for (int i = 0; i < CASES; i++) {
      Resource resource = resources.next();
      check(resource, YamlWriter.write(ResourceTree.of(resource, ResourceTree.Form.FULL)));
    }
  }

  @Test
  void what_is_written_as_json_reads_back_as_the_same_resource() {
    RandomResources resources = new RandomResources(new Random(seed));
    for (int i = 0; i < CASES; i++) {
      Resource resource = resources.next();
      check(resource, JsonWriter.write(ResourceTree.of(resource, ResourceTree.Form.FULL)));
    }
  }

  private void check(Resource resource, String text) {
    ResourceReader reader = new ResourceReader().read(new Source("random", text));
    assertThat(reader.problems()).as("seed %d\n%s", seed, text).isEmpty();
    assertThat(reader.resources())
        .as("seed %d\n%s", seed, text)
        .singleElement()
        .extracting(Declared::resource)
        .isEqualTo(resource);
  }
}
