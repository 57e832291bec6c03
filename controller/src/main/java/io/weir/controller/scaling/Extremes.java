package io.weir.controller.scaling;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntBinaryOperator;

/**
 * The least or the most of all numbers within a time, of which 60 steps are told apart: a number
 * counts for that time at least, and a sixtieth longer at most.
 */
final class Extremes {
  private static final int STEPS = 60;

  private final long window;
  private final IntBinaryOperator choice;
  private final Deque<Step> steps = new ArrayDeque<>();

  record Step(long from, int value) {}

  Extremes(long window, IntBinaryOperator choice) {
    this.window = window;
    this.choice = choice;
  }

  void add(long now, int value) {
    long step = window / STEPS;
    if (window == 0) {
      steps.clear();
    }
    if (!steps.isEmpty() && now - steps.getLast().from() < step) {
      Step last = steps.removeLast();
      steps.addLast(new Step(last.from(), choice.applyAsInt(last.value(), value)));
    } else {
      steps.addLast(new Step(now, value));
    }
    while (now - steps.getFirst().from() > window + step) {
      steps.removeFirst();
    }
  }

  /** With something added. */
  int get() {
    return steps.stream().mapToInt(Step::value).reduce(choice).orElseThrow();
  }

  Iterable<Step> steps() {
    return steps;
  }

  int size() {
    return steps.size();
  }

  void restore(Step step) {
    steps.addLast(step);
  }
}
