package io.weir.e2e.sim.balance;

import java.util.List;

/**
 * The servers. They work on every request until it is done, also when its proxy has given it up, as
 * servers do that do not watch their connections. Requests are known by number.
 */
interface Farm {
  /** How a server deals its cores to the requests it has. */
  enum Discipline {
    /** All get the same: threads on the cores of an operating system. */
    SHARING,
    /** First come, first served, one request a core: a pool of workers and a queue. */
    QUEUE
  }

  static Farm of(Discipline discipline, List<Pace> paces, int cores) {
    return switch (discipline) {
      case SHARING -> new SharingFarm(paces, cores);
      case QUEUE -> new QueueFarm(paces, cores);
    };
  }

  int servers();

  /**
   * A request arrives at a server, not before the last thing that happened here.
   *
   * @param work in nanoseconds of a core of speed 1
   */
  void arrive(int request, int server, double work, long now);

  /** When the next request is done, if none arrives before; {@link Long#MAX_VALUE}: never. */
  long nextDone();

  /** Takes that request out. */
  int finish();

  /**
   * How long a request would take that arrived now if nothing happened until it is done, in
   * nanoseconds.
   */
  double delay(int server, double work, long now);
}
