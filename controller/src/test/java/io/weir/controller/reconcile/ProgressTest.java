package io.weir.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.controller.reconcile.Progress.Standing;
import io.weir.v1.AwaitProgress;
import io.weir.v1.Violation;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ProgressTest {
  private static final Violation TAKEN = Violation.newBuilder().setReason("taken").build();

  private static AwaitProgress of(int percent, Standing... standings) {
    return Progress.of(List.of(standings), 7, percent);
  }

  @Test
  void aRevisionIsReachedOnceAsManyAsWereAskedForAreCurrent() {
    Standing[] half = {
      new Standing.Current("a", 7), new Standing.Current("b", 9),
      new Standing.Current("c", 6), new Standing.Behind("d")
    };
    assertThat(of(50, half).getReached()).isTrue();
    assertThat(of(51, half).getReached()).isFalse();
    assertThat(of(51, half).getCurrent()).isEqualTo(2);
    assertThat(of(51, half).getPendingList()).containsExactly("c", "d");
  }

  @Test
  void oneThatRefusedIsConnectedButNotCurrent() {
    AwaitProgress progress =
        of(100, new Standing.Current("a", 7), new Standing.Rejecting("b", 7, List.of(TAKEN)));
    assertThat(progress.getReached()).isFalse();
    assertThat(progress.getRejected()).isEqualTo(1);
    assertThat(progress.getRefusals(0).getAgent()).isEqualTo("b");
    assertThat(progress.getRefusals(0).getViolationsList()).containsExactly(TAKEN);
  }

  @Test
  void thoseThatAreNotConnectedAreNotWaitedFor() {
    assertThat(of(100, new Standing.Current("a", 7), new Standing.Stale("b")).getReached())
        .isTrue();
  }

  @Test
  void aFleetOfWhichNobodyIsConnectedHasNotReachedAnything() {
    assertThat(of(1, new Standing.Stale("a")).getReached()).isFalse();
    assertThat(of(100).getReached()).as("no agent is known").isTrue();
  }

  @Test
  void onlyTenAreNamed() {
    List<Standing> many =
        Stream.concat(
                IntStream.range(0, 50).<Standing>mapToObj(i -> new Standing.Behind("b" + i)),
                IntStream.range(0, 50)
                    .<Standing>mapToObj(i -> new Standing.Rejecting("r" + i, 7, List.of(TAKEN))))
            .toList();
    AwaitProgress progress = Progress.of(many, 7, 100);
    assertThat(progress.getPendingList()).hasSize(10);
    assertThat(progress.getRefusalsList()).hasSize(10);
    assertThat(progress.getConnected()).isEqualTo(100);
  }
}
