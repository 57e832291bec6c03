package io.weir.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.v1.ControllerMessage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AdmissionTest {
  private final Admission admission = new Admission(100, 3);
  private final List<String> sent = new ArrayList<>();

  private AgentChannel enter(String name, long size) {
    AgentChannel channel =
        new AgentChannel() {
          @Override
          public void send(ControllerMessage message) {}

          @Override
          public void send(Encoded configuration) {}

          @Override
          public void close(Refusal refusal, String sentence) {}
        };
    admission.enter(channel, size, () -> sent.add(name));
    return channel;
  }

  @Test
  void as_many_go_as_there_is_room_for_and_the_next_when_one_is_over() {
    AgentChannel a = enter("a", 60);
    enter("b", 40);
    enter("c", 50);
    enter("d", 10);
    assertThat(sent).containsExactly("a", "b");
    admission.over(a);
    assertThat(sent).containsExactly("a", "b", "c", "d");
    assertThat(admission.areAnyWaiting()).isFalse();
  }

  @Test
  void one_that_is_too_large_goes_alone() {
    AgentChannel small = enter("small", 1);
    enter("large", 1_000);
    assertThat(sent).containsExactly("small");
    admission.over(small);
    assertThat(sent).containsExactly("small", "large");
  }

  @Test
  void one_that_leaves_before_its_turn_is_not_sent() {
    AgentChannel a = enter("a", 100);
    AgentChannel b = enter("b", 100);
    admission.over(b);
    admission.over(a);
    assertThat(sent).containsExactly("a");
  }

  @Test
  void a_slow_one_keeps_others_waiting_for_a_while_only() {
    AgentChannel slow = enter("slow", 100);
    enter("next", 100);
    admission.tick();
    admission.tick();
    assertThat(sent).containsExactly("slow");
    admission.tick();
    assertThat(sent).containsExactly("slow", "next");
    admission.over(slow);
    enter("third", 100);
    assertThat(sent).containsExactly("slow", "next");
  }
}
