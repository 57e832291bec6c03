package io.weir.cli.yaml;

/** A place in a text; both count from 1, columns in code points. */
public record Place(int line, int column) {
  static final Place START = new Place(1, 1);
}
