package io.weir.agent.exposition;

import io.weir.agent.balance.Exclusion;
import io.weir.agent.balance.Explanation;
import io.weir.agent.balance.Explanation.Considered;
import io.weir.agent.balance.Explanation.TierLoad;
import io.weir.agent.health.Ejection;
import io.weir.agent.model.Pool.Balance;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One pick for people to read: which endpoints there were, and why it was that one. */
final class PickText {
  private static final List<String> TITLES =
      List.of("ENDPOINT", "HEALTH", "WEIGHT", "IN FLIGHT", "ELSEWHERE", "ANSWER MS", "NOTE");

  private PickText() {}

  static String of(Explanation pick) {
    StringBuilder text = new StringBuilder();
    text.append("pool ").append(pick.pool()).append(", ").append(policy(pick.balance()));
    text.append(", seed ").append(Long.toHexString(pick.seed()));
    if (pick.hash() != 0) {
      text.append(", key ").append(Long.toHexString(pick.hash()));
    }
    if (pick.token() != 0) {
      text.append(", the client came back");
    }
    text.append('\n');
    for (TierLoad tier : pick.tiers()) {
      text.append("priority ").append(tier.priority());
      text.append(tier.local() ? ", own zone: " : ": ").append(tier.percent()).append(" %");
      text.append(tier.panic() ? ", whatever their health\n" : "\n");
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(TITLES);
    pick.considered().forEach(endpoint -> rows.add(row(pick, endpoint)));
    text.append(aligned(rows));
    return text.append(pick.picked().map(to -> "picked " + to).orElse("none to pick")).toString();
  }

  private static List<String> row(Explanation pick, Considered endpoint) {
    String address = endpoint.endpoint().address();
    String note =
        endpoint
            .excluded()
            .map(PickText::why)
            .orElse(pick.picked().filter(address::equals).isPresent() ? "picked" : "");
    return List.of(
        address,
        endpoint.health().name().toLowerCase(Locale.ROOT),
        String.format(Locale.ROOT, "%.4g", endpoint.weight()),
        Integer.toString(endpoint.outstanding()),
        Integer.toString(endpoint.elsewhere()),
        String.format(Locale.ROOT, "%.3f", endpoint.expectedNanos() / 1e6),
        note);
  }

  private static String why(Exclusion exclusion) {
    return switch (exclusion) {
      case Exclusion.NoWeight() -> "has no weight";
      case Exclusion.Drained() -> "is drained";
      case Exclusion.Unhealthy(String by) ->
          by.isEmpty() ? "is unhealthy" : "is unhealthy by " + by;
      case Exclusion.BelowFloor() -> "is below where the pool's traffic is";
      case Exclusion.Ejected(Ejection ejection) ->
          "is ejected for %d s: %s"
              .formatted(ejection.length().toSeconds(), ejection.cause().text());
      case Exclusion.Tried() -> "was tried by this request";
      case Exclusion.OtherPriority(int picked) -> "priority " + picked + " had its turn";
      case Exclusion.OtherZone() -> "the other zone had its turn";
      case Exclusion.NotInSubset() -> "is not in this agent's subset";
      case Exclusion.OverBound() -> "has its part of the load";
    };
  }

  private static String policy(Balance balance) {
    return switch (balance) {
      case Balance.RoundRobin() -> "round_robin";
      case Balance.LeastConnections() -> "least_connections";
      case Balance.Random() -> "random";
      case Balance.PowerOfTwo() -> "power_of_two";
      case Balance.LeastLatency() -> "least_latency";
      case Balance.Hash _ -> "hash";
    };
  }

  private static String aligned(List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        int at = column;
        int width = rows.stream().mapToInt(r -> r.get(at).length()).max().orElse(0);
        line.append(row.get(column)).repeat(" ", width - row.get(column).length() + 2);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
