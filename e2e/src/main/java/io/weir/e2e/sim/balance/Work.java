package io.weir.e2e.sim.balance;

import java.util.random.RandomGenerator;

/** How long a request keeps one core of a server of speed 1 busy, in nanoseconds. */
sealed interface Work {
  double meanNanos();

  double draw(RandomGenerator random);

  record Exponential(double meanNanos) implements Work {
    @Override
    public double draw(RandomGenerator random) {
      return -meanNanos * Math.log1p(-random.nextDouble());
    }
  }

  /** All the same. */
  record Constant(double meanNanos) implements Work {
    @Override
    public double draw(RandomGenerator random) {
      return meanNanos;
    }
  }

  /**
   * A Pareto distribution that is cut off: {@code P(work > x)} falls as {@code x^-alpha} between
   * the least and the most.
   *
   * @param alpha above 1
   * @param span the most over the least, above 1
   */
  record Pareto(double meanNanos, double alpha, double span) implements Work {
    @Override
    public double draw(RandomGenerator random) {
      double tail = 1 - random.nextDouble() * (1 - Math.pow(span, -alpha));
      return least() * Math.pow(tail, -1 / alpha);
    }

    private double least() {
      return meanNanos
          * (alpha - 1)
          / alpha
          * (1 - Math.pow(span, -alpha))
          / (1 - Math.pow(span, 1 - alpha));
    }
  }
}
