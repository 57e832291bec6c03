package io.weir.e2e.bench;

import io.weir.e2e.figure.Figure;
import java.util.ArrayList;
import java.util.List;

/** Figures of one command; one without a sample was not measured and is not there. */
final class FigureList {
  private final List<Figure> figures = new ArrayList<>();
  private final String command;

  FigureList(String command) {
    this.command = command;
  }

  /** Its value is the median. */
  void add(String name, String unit, List<Double> samples) {
    if (!samples.isEmpty()) {
      figures.add(new Figure(name, Ratios.median(samples), unit, samples, command));
    }
  }

  void add(Single single) {
    add(single.name(), single.unit(), single.samples());
  }

  List<Figure> all() {
    return List.copyOf(figures);
  }

  /** One that stands for itself, not for a cell. */
  record Single(String name, String unit, List<Double> samples) {
    Single {
      samples = List.copyOf(samples);
    }

    double value() {
      return Ratios.median(samples);
    }
  }
}
