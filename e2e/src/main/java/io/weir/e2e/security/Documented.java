package io.weir.e2e.security;

import io.weir.cli.pki.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The table of docs/security.md: which role may make which call. It, and not the code, is what
 * calls are held against.
 */
public record Documented(Map<String, Set<Role>> calls) {
  public Documented {
    calls = Map.copyOf(calls);
  }

  public static Documented read(Path home) throws IOException {
    Map<String, Set<Role>> calls = new LinkedHashMap<>();
    List<Role> columns = new ArrayList<>();
    for (String line : Files.readAllLines(home.resolve("docs/security.md"))) {
      String[] cells = line.split("\\|", -1);
      if (cells.length < 7) {
        columns.clear();
      } else if (cells[1].strip().equals("call")) {
        for (int i = 2; i < cells.length - 1; i++) {
          columns.add(Role.valueOf(cells[i].strip().toUpperCase(Locale.ROOT)));
        }
      } else if (!columns.isEmpty() && !cells[1].startsWith("--")) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (int i = 0; i < columns.size(); i++) {
          if (cells[2 + i].strip().equals("yes")) {
            roles.add(columns.get(i));
          }
        }
        calls.put(cells[1].strip().replace("`", ""), roles);
      }
    }
    return new Documented(calls);
  }
}
