package io.weir.agent.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RumorQueueTest {
  private final RumorQueue queue = new RumorQueue(3);

  @Test
  void whatWasSentLeastOftenGoesFirstAndIsDroppedWhenSentOftenEnough() {
    queue.add(left("a"));
    assertThat(take(1_000, 3)).containsExactly("a");
    queue.add(left("b"));
    assertThat(take(left("b").size(), 3)).containsExactly("b");
    assertThat(take(1_000, 3)).containsExactlyInAnyOrder("a", "b");
    assertThat(take(1_000, 3)).containsExactlyInAnyOrder("a", "b");
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void aNewerRumorTakesThePlaceOfAnOlderOneOfTheSame() {
    queue.add(new Rumor.Dead("a", 1, "x"));
    queue.add(new Rumor.Alive("a", "host", 2));
    List<Rumor> taken = new ArrayList<>();
    assertThat(queue.take(1_000, 1, taken))
        .isEqualTo(1_000 - new Rumor.Alive("a", "host", 2).size());
    assertThat(taken).containsExactly(new Rumor.Alive("a", "host", 2));
  }

  @Test
  void isBoundedAndDropsWhatMostHaveHeard() {
    queue.add(left("a"));
    assertThat(take(1_000, 9)).containsExactly("a");
    queue.add(left("b"));
    queue.add(left("c"));
    queue.add(left("d"));
    assertThat(queue.size()).isEqualTo(3);
    assertThat(take(1_000, 9)).containsExactlyInAnyOrder("b", "c", "d");
  }

  private static Rumor left(String name) {
    return new Rumor.Left(name, 1);
  }

  private List<Object> take(int bytes, int limit) {
    List<Rumor> taken = new ArrayList<>();
    queue.take(bytes, limit, taken);
    return taken.stream().map(Rumor::subject).toList();
  }
}
