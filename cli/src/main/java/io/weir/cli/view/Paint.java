package io.weir.cli.view;

/** Colours, on a terminal that wants them. */
public enum Paint {
  PLAIN(false),
  ANSI(true);

  private static final String RESET = "\u001b[0m";

  private final boolean on;

  Paint(boolean on) {
    this.on = on;
  }

  public String good(String text) {
    return wrap("\u001b[32m", text);
  }

  public String warning(String text) {
    return wrap("\u001b[33m", text);
  }

  public String bad(String text) {
    return wrap("\u001b[31m", text);
  }

  /** Only what needs a look has a colour, and what is as it should be is green. */
  public String state(String text) {
    return switch (text.strip()) {
      case "SYNCED", "healthy", "trusted" -> good(text);
      case "SYNCING", "STALE", "mixed", "asymmetric", "draining", "maintenance" -> warning(text);
      case "REJECTED", "unhealthy" -> bad(text);
      default -> text;
    };
  }

  private String wrap(String colour, String text) {
    return on ? colour + text + RESET : text;
  }
}
