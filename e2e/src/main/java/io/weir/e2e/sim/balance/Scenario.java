package io.weir.e2e.sim.balance;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * The servers and what requests cost there.
 *
 * @param name as in figures
 * @param described for people
 * @param servers how many
 * @param cores of each
 * @param timeoutNanos a proxy gives a request up after so long
 * @param discipline how a server deals its cores
 * @param kind how fast the servers are
 */
public record Scenario(
    String name,
    String described,
    int servers,
    int cores,
    Work work,
    long timeoutNanos,
    Farm.Discipline discipline,
    Kind kind) {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1000 * MILLI;
  private static final int SERVERS = 100;
  private static final int CORES = 4;
  private static final long TIMEOUT = SECOND;
  private static final Work EXPONENTIAL = new Work.Exponential(10 * MILLI);

  public static final Scenario HOMOGENEOUS =
      new Scenario(
          "homogeneous",
          "all servers alike",
          SERVERS,
          CORES,
          EXPONENTIAL,
          TIMEOUT,
          Farm.Discipline.SHARING,
          Kind.EVEN);

  public static final Scenario STALL =
      new Scenario(
          "stall",
          "every server slows to 35 % for 3 s in every 15 s",
          SERVERS,
          CORES,
          EXPONENTIAL,
          TIMEOUT,
          Farm.Discipline.SHARING,
          Kind.STALLING);

  public static final Scenario HETEROGENEOUS =
      new Scenario(
          "heterogeneous",
          "speeds 0.6, 1.0 and 1.4",
          SERVERS,
          CORES,
          EXPONENTIAL,
          TIMEOUT,
          Farm.Discipline.SHARING,
          Kind.THREE_SPEEDS);

  public static final Scenario HEAVY_TAIL =
      new Scenario(
          "heavy_tail",
          "Pareto work, alpha 1.5, cut off at 300 times the least",
          SERVERS,
          CORES,
          new Work.Pareto(10 * MILLI, 1.5, 300),
          TIMEOUT,
          Farm.Discipline.SHARING,
          Kind.EVEN);

  public static final Scenario STALL_QUEUE =
      new Scenario(
          "stall_queue",
          "as stall, with a queue in place of shared cores",
          SERVERS,
          CORES,
          EXPONENTIAL,
          TIMEOUT,
          Farm.Discipline.QUEUE,
          Kind.STALLING);

  /** For real time: few servers, and work that takes long beside what a proxy adds. */
  public static final Scenario REAL =
      new Scenario(
          "real",
          "ten endpoints of four cores, each of which slows to 35 % for 3 s in every 15 s",
          10,
          CORES,
          new Work.Exponential(20 * MILLI),
          60 * SECOND,
          Farm.Discipline.SHARING,
          Kind.STALLING);

  public static final List<Scenario> ALL =
      List.of(STALL, HOMOGENEOUS, HETEROGENEOUS, HEAVY_TAIL, STALL_QUEUE);

  /** How fast servers are. */
  enum Kind {
    EVEN,
    STALLING,
    THREE_SPEEDS
  }

  /** Stalls begin at even distances, dealt to the servers at random. */
  List<Pace> paces(RandomGenerator random) {
    int[] order = Shuffle.of(servers, random);
    var paces = new ArrayList<Pace>();
    for (int place : order) {
      paces.add(
          switch (kind) {
            case EVEN -> Pace.steady(1);
            case STALLING ->
                new Pace(1, 0.35, 3 * SECOND, 15 * SECOND, 15 * SECOND * place / servers);
            case THREE_SPEEDS -> Pace.steady(0.6 + 0.4 * (place % 3));
          });
    }
    return paces;
  }

  /** Nanoseconds of work that all servers together do in a nanosecond, on average. */
  double capacity() {
    return cores * paces(new SplittableRandom(0)).stream().mapToDouble(Pace::meanSpeed).sum();
  }
}
