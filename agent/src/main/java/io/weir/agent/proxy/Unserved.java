package io.weir.agent.proxy;

import io.weir.agent.model.HeaderEdits;
import io.weir.agent.model.Limits;
import io.weir.agent.model.Listener;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Refusal;
import io.weir.agent.model.RouteRule;
import io.weir.agent.model.Service;
import io.weir.agent.model.Snapshot;
import java.util.ArrayList;
import java.util.List;

/** What this data plane cannot do: refused, because it must not be left out silently. */
final class Unserved {
  private Unserved() {}

  static List<Refusal> of(Snapshot snapshot) {
    List<Refusal> refusals = new ArrayList<>();
    for (Pool pool : snapshot.pools().values()) {
      if (pool.timeouts().request().isPresent()) {
        refusals.add(
            new Refusal("Pool", pool.name(), "timeouts.request", "is not supported by this agent"));
      }
    }
    for (Listener listener : snapshot.listeners()) {
      switch (listener.service()) {
        case Service.Http http -> {
          if (!http.limits().equals(Limits.DEFAULT)) {
            refusals.add(refusal(listener, "limits", "are not supported by this agent"));
          }
          if (!http.headTimeout().equals(Service.Http.DEFAULT_HEAD_TIMEOUT)
              || !http.idleTimeout().equals(Service.Http.DEFAULT_IDLE_TIMEOUT)) {
            refusals.add(refusal(listener, "timeouts", "are not supported by this agent"));
          }
          if (http.routes().stream().anyMatch(Unserved::edits)) {
            refusals.add(refusal(listener, "routes", "edit headers; this agent does not"));
          }
        }
        case Service.Tcp tcp ->
            refusals.add(refusal(listener, "protocol", "tcp is not supported by this agent"));
        case Service.Udp udp ->
            refusals.add(refusal(listener, "protocol", "udp is not supported by this agent"));
      }
    }
    return refusals;
  }

  private static boolean edits(RouteRule rule) {
    return !rule.requestHeaders().equals(HeaderEdits.EMPTY)
        || !rule.responseHeaders().equals(HeaderEdits.EMPTY);
  }

  private static Refusal refusal(Listener listener, String field, String reason) {
    return new Refusal("Listener", listener.name(), field, reason);
  }
}
