package io.weir.cli.admin;

import java.util.List;

/** Why a command ends early: the lines that tell a person so, and nothing else. */
public final class CtlException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> lines;

  private CtlException(List<String> lines) {
    super(String.join("\n", lines), null, false, false);
    this.lines = List.copyOf(lines);
  }

  /** {@code sentence} without the leading "error: ". */
  public static CtlException error(String sentence) {
    return new CtlException(List.of("error: " + sentence));
  }

  /** {@code details} a line each, then the sentence. */
  public static CtlException error(List<String> details, String sentence) {
    return new CtlException(
        java.util.stream.Stream.concat(
                details.stream(), java.util.stream.Stream.of("error: " + sentence))
            .toList());
  }

  /** Nothing more to tell: it was told already. */
  public static CtlException told() {
    return new CtlException(List.of());
  }

  public List<String> lines() {
    return lines;
  }
}
