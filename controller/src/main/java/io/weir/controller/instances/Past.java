package io.weir.controller.instances;

import io.weir.v1.ScalerRecord;
import java.util.stream.Stream;

/** What there was before: of an agent that comes back with it the difference can be told. */
public final class Past {
  private static final int KEPT = 8;

  /** So that a record stays well below what one value of the store may be. */
  private static final int MAX_BYTES = 400_000;

  private Past() {}

  /**
   * {@code next} with what it replaces.
   *
   * @param revision at which {@code before} was written; 0: it was not
   */
  public static ScalerRecord kept(ScalerRecord before, long revision, ScalerRecord next) {
    boolean known =
        before.getEarlierCount() > 0
            && before.getEarlier(0).getInstancesList().equals(before.getInstancesList());
    if (revision == 0 || known || before.equals(next)) {
      // Of instances that stay the first revision counts, however often the rest is written.
      return next;
    }
    ScalerRecord.Builder kept = next.toBuilder().clearEarlier();
    int room = MAX_BYTES - kept.build().getSerializedSize();
    ScalerRecord.Earlier last =
        ScalerRecord.Earlier.newBuilder()
            .setRevision(revision)
            .addAllInstances(before.getInstancesList())
            .build();
    for (ScalerRecord.Earlier earlier :
        Stream.concat(Stream.of(last), before.getEarlierList().stream()).limit(KEPT).toList()) {
      room -= earlier.getSerializedSize();
      if (room < 0) {
        break;
      }
      kept.addEarlier(earlier);
    }
    return kept.build();
  }
}
