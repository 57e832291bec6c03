package io.weir.controller.model;

import io.weir.controller.model.EditRules.Direction;
import io.weir.v1.ListenerSpec;
import io.weir.v1.RouteRule;
import io.weir.v1.RouteSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** One listener or route by itself. */
final class ListenerRules {
  static final int MAX_RULES = 1_024;
  private static final int MAX_HOSTS = 64;
  private static final int MAX_LISTENERS = 64;
  private static final int MAX_PREFIX = 2_048;

  // RFC 3986 section 3.3: pchar and '/'.
  private static final Pattern PATH =
      Pattern.compile("(/([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)+");

  private ListenerRules() {}

  static void check(ListenerSpec spec, Problems.On on) {
    bind(spec.getBind(), on);
    ServiceRules.check(spec, on);
    if (spec.getRoutesCount() > MAX_RULES) {
      on.add("routes", "has %d; at most %d".formatted(spec.getRoutesCount(), MAX_RULES));
    }
    for (int i = 0; i < spec.getRoutesCount(); i++) {
      rule("routes[" + i + "]", spec.getRoutes(i), on);
    }
    MetadataRules.labels("agents", spec.getAgentsMap(), on);
  }

  static void check(RouteSpec spec, Problems.On on) {
    int count = spec.getListenersCount();
    if (count == 0) {
      on.add("listeners", "is empty; name at least 1 listener");
    } else if (count > MAX_LISTENERS) {
      on.add("listeners", "has %d; at most %d".formatted(count, MAX_LISTENERS));
    }
    repeats("listeners", spec.getListenersList(), on);
    if (spec.hasRule()) {
      rule("rule", spec.getRule(), on);
    } else {
      on.add("rule", "is missing; it needs at least a pool");
    }
  }

  private static void bind(String bind, Problems.On on) {
    if (bind.isEmpty()) {
      on.add("bind", "is missing; write address:port, as in 0.0.0.0:8080 for all addresses");
      return;
    }
    boolean literal =
        Syntax.hostPort(bind)
            .filter(at -> at.host().indexOf(':') >= 0 || Syntax.isIpv4(at.host()))
            .isPresent();
    if (!literal) {
      on.add(
          "bind",
          Syntax.quote(bind)
              + " is no IP address and port; write 127.0.0.1:8080, 0.0.0.0:8080 for all addresses"
              + " or [::]:8080, the port 1 to 65535");
    }
  }

  private static void rule(String at, RouteRule rule, Problems.On on) {
    if (rule.getHostsCount() > MAX_HOSTS) {
      on.add(at + ".hosts", "has %d; at most %d".formatted(rule.getHostsCount(), MAX_HOSTS));
    }
    for (int i = 0; i < rule.getHostsCount(); i++) {
      host(at + ".hosts[" + i + "]", rule.getHosts(i), on);
    }
    repeats(at + ".hosts", rule.getHostsList(), on);
    prefix(at + ".path_prefix", rule.getPathPrefix(), on);
    if (rule.getPool().isEmpty()) {
      on.add(at + ".pool", "is missing; name the pool that these requests go to");
    }
    EditRules.check(at + ".request_headers", rule.getRequestHeaders(), Direction.REQUEST, on);
    EditRules.check(at + ".response_headers", rule.getResponseHeaders(), Direction.RESPONSE, on);
  }

  private static void host(String field, String host, Problems.On on) {
    if (host.isEmpty() || host.equals("*")) {
      on.add(field, "is %s; for any host leave hosts out".formatted(Syntax.quote(host)));
      return;
    }
    String name = host.startsWith("*.") ? host.substring(2) : host;
    boolean v6 =
        host.startsWith("[")
            && host.endsWith("]")
            && Syntax.ipv6(host.substring(1, host.length() - 1)).isPresent();
    if (v6 || Syntax.isHostName(name) || Syntax.isIpv4(host)) {
      return;
    }
    if (Syntax.hostPort(host).isPresent()) {
      on.add(field, Syntax.quote(host) + " has a port; write the name alone, ports are ignored");
    } else if (name.indexOf('*') >= 0) {
      on.add(
          field,
          Syntax.quote(host)
              + ": '*' may only stand for whole names in front, as in *.example.com");
    } else {
      on.add(field, Syntax.quote(host) + " is no host name; write example.com or *.example.com");
    }
  }

  private static void prefix(String field, String prefix, Problems.On on) {
    if (prefix.isEmpty()) {
      return;
    }
    if (prefix.charAt(0) != '/') {
      on.add(field, Syntax.quote(prefix) + " must begin with '/'");
    } else if (prefix.length() > MAX_PREFIX) {
      on.add(field, "is %d characters long; at most %d".formatted(prefix.length(), MAX_PREFIX));
    } else if (!PATH.matcher(prefix).matches()) {
      on.add(
          field, Syntax.quote(prefix) + " is no path; percent-encode what RFC 3986 does not allow");
    } else if (prefix.contains("//")
        || List.of(prefix.split("/", -1)).stream().anyMatch(ListenerRules::dots)) {
      on.add(
          field,
          Syntax.quote(prefix)
              + " can match no request: \"//\", \".\" and \"..\" are resolved first");
    }
  }

  private static boolean dots(String segment) {
    return segment.equals(".") || segment.equals("..");
  }

  private static void repeats(String field, List<String> values, Problems.On on) {
    Map<String, Integer> seen = new HashMap<>();
    for (int i = 0; i < values.size(); i++) {
      Integer other = seen.putIfAbsent(values.get(i).toLowerCase(Locale.ROOT), i);
      if (other != null) {
        on.add(
            "%s[%d]".formatted(field, i),
            "%s is also %s[%d]".formatted(Syntax.quote(values.get(i)), field, other));
      }
    }
  }
}
