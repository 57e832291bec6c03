package io.weir.controller.provision;

import com.google.protobuf.util.Durations;
import io.weir.v1.ScaleHook;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;

/** What every hook has. */
public final class HookSettings {
  private static final Duration USUAL = Duration.ofSeconds(10);

  private HookSettings() {}

  /** Of one call. */
  public static Duration of(ScaleHook hook) {
    return hook.hasTimeout() ? Duration.ofNanos(Durations.toNanos(hook.getTimeout())) : USUAL;
  }

  /**
   * @throws ProvisionException unless it is one of http or https with a host
   */
  public static URI url(String text) throws ProvisionException {
    try {
      URI url = URI.create(text);
      if (("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
          && url.getHost() != null) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      throw new ProvisionException("\"%s\" is no URL".formatted(text), false, e);
    }
    throw new ProvisionException("\"%s\" is no URL of http or https".formatted(text), false);
  }

  /** For a segment of a path or a value of a query. */
  public static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /**
   * A controller's credentials for a provider go to that provider, whatever a hook says, or to this
   * machine.
   *
   * @param hosts of the provider; one that begins with a dot stands for all below
   * @throws ProvisionException if it is none of both
   */
  public static void credentialsMayGo(URI api, Set<String> hosts) throws ProvisionException {
    boolean theirs =
        "https".equals(api.getScheme())
            && hosts.stream().anyMatch(host -> isOf(api.getHost().toLowerCase(Locale.ROOT), host));
    if (!theirs && !HttpCalls.isLoopback(api)) {
      throw new ProvisionException(
          "credentials are not sent to %s, which is not of the provider"
              .formatted(HttpCalls.where(api)),
          false);
    }
  }

  private static boolean isOf(String host, String known) {
    return known.startsWith(".") ? host.endsWith(known) : host.equals(known);
  }
}
