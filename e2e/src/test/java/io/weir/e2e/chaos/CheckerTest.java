package io.weir.e2e.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.e2e.chaos.Checker.Findings;
import io.weir.e2e.chaos.History.Journaled;
import io.weir.e2e.chaos.History.Outcome;
import io.weir.e2e.chaos.History.Sighting;
import io.weir.e2e.chaos.History.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The checker of chaos finds what is wrong, and nothing where nothing is. */
final class CheckerTest {
  private final List<Write> writes =
      new ArrayList<>(
          List.of(
              new Write(0, "a1", Outcome.ACKED, 3),
              new Write(1, "b1", Outcome.ACKED, 4),
              new Write(0, "a2", Outcome.UNKNOWN, 0),
              new Write(0, "a3", Outcome.REFUSED, 0),
              new Write(0, "a4", Outcome.ACKED, 7)));
  private final List<Journaled> journal =
      new ArrayList<>(
          List.of(
              new Journaled(2, "the beginning"),
              new Journaled(3, "a1"),
              new Journaled(4, "b1"),
              new Journaled(6, "a2"),
              new Journaled(7, "a4")));
  private final List<Sighting> sightings =
      new ArrayList<>(
          List.of(
              new Sighting(0, "e", 3, 30),
              new Sighting(1, "e", 4, 40),
              new Sighting(0, "e", 4, 40),
              new Sighting(0, "e", 7, 70),
              new Sighting(1, "e", 7, 70)));
  private Map<String, Map<String, String>> held =
      Map.of("x", Map.of("p", "1"), "y", Map.of("p", "1"));

  private Findings findings() {
    return Checker.check(new History(writes, sightings, journal, Map.of("p", "1"), held));
  }

  @Test
  void a_good_history_is_good() {
    assertThat(findings().all()).isEmpty();
    assertThat(findings().acked()).isEqualTo(3);
  }

  @Test
  void an_acknowledged_write_that_is_not_there_is_lost() {
    journal.remove(2);
    assertThat(findings().lost()).singleElement().asString().contains("b1");
  }

  @Test
  void an_acknowledged_write_that_is_elsewhere_is_lost() {
    writes.set(1, new Write(1, "b1", Outcome.ACKED, 5));
    assertThat(findings().lost()).singleElement().asString().contains("b1");
  }

  @Test
  void a_write_that_is_there_twice_is_found_whatever_its_client_was_told() {
    journal.add(new Journaled(8, "a2"));
    assertThat(findings().duplicated()).singleElement().asString().contains("a2");
  }

  @Test
  void a_write_behind_a_later_one_of_its_client_is_found() {
    writes.set(4, new Write(0, "a4", Outcome.ACKED, 1));
    journal.set(4, new Journaled(1, "a4"));
    assertThat(findings().misplaced()).singleElement().asString().contains("a4");
  }

  @Test
  void a_refused_write_that_is_there_is_found() {
    journal.add(new Journaled(9, "a3"));
    assertThat(findings().misplaced()).singleElement().asString().contains("a3");
  }

  @Test
  void a_revision_that_goes_back_is_found_within_an_epoch() {
    sightings.add(new Sighting(1, "f", 2, 20));
    assertThat(findings().all()).isEmpty();
    sightings.add(new Sighting(0, "e", 4, 40));
    assertThat(findings().backward()).singleElement().asString().contains("revision 4 after 7");
  }

  @Test
  void two_contents_at_one_revision_are_found() {
    sightings.add(new Sighting(2, "e", 7, 71));
    assertThat(findings().different()).hasSize(1);
  }

  @Test
  void an_agent_that_does_not_end_with_what_is_declared_is_found() {
    held = Map.of("x", Map.of("p", "2"));
    assertThat(findings().different()).singleElement().asString().contains("agent x");
  }
}
