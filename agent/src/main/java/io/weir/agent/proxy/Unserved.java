package io.weir.agent.proxy;

import io.weir.agent.model.Listener;
import io.weir.agent.model.Refusal;
import io.weir.agent.model.Service;
import io.weir.agent.model.Snapshot;
import java.util.ArrayList;
import java.util.List;

/** What this data plane cannot do: refused, because it must not be left out silently. */
final class Unserved {
  private Unserved() {}

  static List<Refusal> of(Snapshot snapshot) {
    List<Refusal> refusals = new ArrayList<>();
    for (Listener listener : snapshot.listeners()) {
      switch (listener.service()) {
        case Service.Http http -> {}
        case Service.Tcp tcp ->
            refusals.add(refusal(listener, "tcp is not supported by this agent"));
        case Service.Udp udp ->
            refusals.add(refusal(listener, "udp is not supported by this agent"));
      }
    }
    return refusals;
  }

  private static Refusal refusal(Listener listener, String reason) {
    return new Refusal("Listener", listener.name(), "protocol", reason);
  }
}
