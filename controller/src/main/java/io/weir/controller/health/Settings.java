package io.weir.controller.health;

/**
 * The numbers of the rules.
 *
 * @param observers that probe each endpoint by the clock
 * @param electorate agents whose vote a first failure calls for
 * @param quorum votes that suffice, however large the fleet
 * @param window within which failures are taken together, nanoseconds
 * @param freezeLeast never frozen by so many failures or fewer
 * @param freezeShare nor by so large a share of all endpoints, 0 to 1
 * @param flapWindow within which an ejection makes the next one last longer, nanoseconds
 * @param holdBase how long the second ejection lasts at least, nanoseconds; each further one
 *     doubles
 * @param holdMost and no longer than this
 */
public record Settings(
    int observers,
    int electorate,
    int quorum,
    long window,
    int freezeLeast,
    double freezeShare,
    long flapWindow,
    long holdBase,
    long holdMost) {
  private static final long SECOND = 1_000_000_000L;

  public static final Settings DEFAULT =
      new Settings(3, 5, 31, 10 * SECOND, 10, 0.25, 600 * SECOND, 5 * SECOND, 300 * SECOND);
}
