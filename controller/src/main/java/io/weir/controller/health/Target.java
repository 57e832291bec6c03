package io.weir.controller.health;

/** One endpoint as part of one pool; an endpoint of several pools is judged in each by itself. */
public record Target(String pool, String endpoint) implements Comparable<Target> {
  @Override
  public int compareTo(Target other) {
    int byPool = pool.compareTo(other.pool);
    return byPool == 0 ? endpoint.compareTo(other.endpoint) : byPool;
  }
}
