package io.weir.e2e.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Listing;
import io.weir.e2e.live.Programs;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
final class CrashesTest {
  @Test
  void after_10_kills_everything_acknowledged_is_there_and_nothing_by_half() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    Crashes crashes = Crashes.run(Programs.locate(), 10, seed, _ -> {});

    assertThat(crashes.lost()).as("seed %d", seed).isEmpty();
    assertThat(crashes.unopened()).as("seed %d", seed).isEmpty();
    assertThat(crashes.acknowledged()).isPositive();
  }

  /** The check finds what it is there for. */
  @Nested
  class Of_two_acknowledged_writes {
    private final Acknowledged acknowledged = new Acknowledged();

    Of_two_acknowledged_writes() {
      assertThat(acknowledged.add("acked 0 1 7\nacked 0 2 9\nacked 0 3")).isEmpty();
    }

    private static Entry entry(String key, int n, long revision) {
      return new Entry(key, ByteString.copyFromUtf8(n + " x"), revision);
    }

    private List<Entry> right() {
      return new ArrayList<>(
          List.of(
              entry("one/0", 2, 9),
              entry("other/0", 2, 9),
              entry("log/0/1", 1, 7),
              entry("log/0/2", 2, 9)));
    }

    @Test
    void none_is_missed_where_all_are_there() {
      assertThat(acknowledged.missing(new Listing(9, right()))).isEmpty();
    }

    @Test
    void one_more_may_be_there_after_each_kill() {
      List<Entry> entries = right();
      for (int n = 3; n <= 4; n++) {
        entries.set(0, entry("one/0", n, 8 + n));
        entries.set(1, entry("other/0", n, 8 + n));
        entries.add(entry("log/0/" + n, n, 8 + n));
        assertThat(acknowledged.missing(new Listing(8 + n, entries))).isEmpty();
      }
    }

    @Test
    void one_that_is_gone_is_found() {
      assertThat(
              acknowledged.missing(
                  new Listing(
                      9,
                      List.of(
                          entry("one/0", 1, 7), entry("other/0", 1, 7), entry("log/0/1", 1, 7)))))
          .containsExactly("thread 0 is at 1, 2 was told");
      List<Entry> entries = right();
      entries.remove(2);
      assertThat(acknowledged.missing(new Listing(9, entries)))
          .containsExactly("thread 0: write 1 is not there");
    }

    @Test
    void one_that_is_there_by_half_is_found() {
      List<Entry> entries = right();
      entries.set(1, entry("other/0", 1, 7));
      assertThat(acknowledged.missing(new Listing(9, entries)))
          .containsExactly("thread 0: of write 2 other/0 is not there");
    }

    @Test
    void a_revision_that_went_back_is_found() {
      assertThat(acknowledged.missing(new Listing(8, right())))
          .containsExactly("the store is at revision 8, 9 was told");
    }
  }
}
