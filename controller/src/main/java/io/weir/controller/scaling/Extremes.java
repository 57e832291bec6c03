package io.weir.controller.scaling;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntBinaryOperator;

/**
 * The least or the most of all numbers within a time, of which 120 steps are told apart: a number
 * counts for that time at least, and a 120th longer at most.
 */
final class Extremes {
  private static final int STEPS = 120;

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

  /** Of a shorter time than all of it. */
  int get(long now, long time) {
    return steps.stream()
        .filter(one -> now - one.from() <= time + window / STEPS)
        .mapToInt(Step::value)
        .reduce(choice)
        .orElseThrow();
  }

  Iterable<Step> steps() {
    return steps;
  }

  void write(Memory memory) {
    memory.integer(steps.size());
    steps.forEach(one -> memory.time(one.from()).integer(one.value()));
  }

  void read(Memory memory) {
    for (int i = memory.count(); i > 0; i--) {
      steps.addLast(new Step(memory.time(), memory.integer()));
    }
  }
}
