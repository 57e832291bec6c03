package io.weir.cli.command;

import java.util.ArrayList;
import java.util.List;

/** What a shell offers where a kind is expected. */
final class KindNames extends ArrayList<String> {
  private static final long serialVersionUID = 1L;

  KindNames() {
    super(List.of("pools", "listeners", "routes", "agents", "pool", "listener", "route", "agent"));
  }
}
