package io.weir.cli.pki;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whom a certificate stands for. */
public record Holder(String cluster, Role role, String name) {
  private static final String LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";

  /** People have names as "ann@example.com", too. */
  private static final String NAME = "[A-Za-z0-9](?:[A-Za-z0-9._@-]{0,61}[A-Za-z0-9])?";

  private static final Pattern URI =
      Pattern.compile("weir://(" + LABEL + ")/([a-z]+)/(" + NAME + ")");

  /** Empty when {@code text} is no {@code weir://CLUSTER/ROLE/NAME}. */
  public static Optional<Holder> parse(String text) {
    Matcher form = URI.matcher(text);
    return form.matches()
        ? Role.of(form.group(2)).map(role -> new Holder(form.group(1), role, form.group(3)))
        : Optional.empty();
  }

  static boolean isCluster(String text) {
    return text.matches(LABEL);
  }

  /** Agents and controllers have names as the cluster has. */
  static boolean isName(Role role, String text) {
    return text.matches(
        switch (role) {
          case AGENT, CONTROLLER -> LABEL;
          case ADMIN, OPERATOR, VIEWER -> NAME;
        });
  }

  /** {@code weir://CLUSTER/ROLE/NAME}. */
  public String uri() {
    return "weir://" + cluster + "/" + role.label() + "/" + name;
  }
}
