package io.weir.agent.control;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;

import io.weir.agent.model.Pool.Balance;
import io.weir.agent.model.Pool.HashKey;
import io.weir.agent.model.Pool.HashTable;
import io.weir.agent.model.Steering;
import io.weir.v1.Hash;
import io.weir.v1.PoolSpec;
import io.weir.v1.Priorities;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** How one pool balances, with every default filled in. Pure. */
final class BalanceCompiler {
  private static final int MAX_SUBSET = 4_096;
  private static final int TABLE = 65_537;
  private static final int MIN_TABLE = 251;
  private static final int MAX_TABLE = 4_000_037;

  /** RFC 9110 section 5.6.2. */
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}");

  private final Refusals refusals;

  BalanceCompiler(Refusals refusals) {
    this.refusals = refusals;
  }

  Balance balance(io.weir.v1.Balance balance) {
    return switch (balance.getPolicyCase()) {
      case ROUND_ROBIN -> new Balance.RoundRobin();
      case LEAST_CONNECTIONS -> new Balance.LeastConnections();
      case RANDOM -> new Balance.Random();
      case POWER_OF_TWO -> new Balance.PowerOfTwo();
      // A policy this agent does not know was refused as an unknown part.
      case LEAST_LATENCY, POLICY_NOT_SET -> new Balance.LeastLatency();
      case HASH -> hash(balance.getHash());
    };
  }

  private Balance hash(Hash hash) {
    int bound =
        hash.getBound() == 0
            ? 0
            : refusals.range("balance.hash.bound", hash.getBound(), 101, 1_000);
    return new Balance.Hash(key(hash), table(hash), bound);
  }

  private HashKey key(Hash hash) {
    return switch (hash.getKeyCase()) {
      case CLIENT_IP -> new HashKey.ClientIp();
      case PATH -> new HashKey.Path();
      case URL -> new HashKey.Url();
      case HEADER ->
          new HashKey.Header(
              token("balance.hash.header", hash.getHeader()).toLowerCase(Locale.ROOT));
      case COOKIE -> new HashKey.Cookie(token("balance.hash.cookie", hash.getCookie()));
      case KEY_NOT_SET -> {
        refusals.add(
            "balance.hash", "names no key; it needs client_ip, path, url, header or cookie");
        yield new HashKey.ClientIp();
      }
    };
  }

  private HashTable table(Hash hash) {
    return switch (hash.getTableCase()) {
      case RING -> new HashTable.Ring();
      case MAGLEV, TABLE_NOT_SET -> {
        int size = hash.getMaglev().getSize();
        if (size == 0) {
          yield new HashTable.Maglev(TABLE);
        }
        refusals.range("balance.hash.maglev.size", size, MIN_TABLE, MAX_TABLE);
        if (size >= MIN_TABLE && !BigInteger.valueOf(size).isProbablePrime(50)) {
          refusals.add("balance.hash.maglev.size", "is " + size + "; it must be a prime");
        }
        yield new HashTable.Maglev(size);
      }
    };
  }

  private String token(String field, String name) {
    if (!TOKEN.matcher(name).matches()) {
      refusals.add(field, "must be a name of 1 to 64 letters, digits or !#$%&'*+-.^_`|~");
    }
    return name;
  }

  Steering steering(PoolSpec spec) {
    boolean hashes = spec.getBalance().getPolicyCase() == io.weir.v1.Balance.PolicyCase.HASH;
    if (hashes && spec.hasSlowStart()) {
      refusals.add("slow_start", "is not for hash");
    }
    if (hashes && spec.getSubset() != 0) {
      refusals.add("subset", "is not for hash");
    }
    Priorities priorities = spec.getPriorities();
    return new Steering(
        sticky(spec),
        priorities.hasOverprovisioning()
            ? refusals.range(
                "priorities.overprovisioning", priorities.getOverprovisioning(), 100, 1_000)
            : Steering.USUAL.overprovisioning(),
        priorities.hasPanic()
            ? refusals.range("priorities.panic", priorities.getPanic(), 0, 100)
            : Steering.USUAL.panic(),
        spec.getPreferZone(),
        slowStart(spec),
        spec.getSubset() == 0 ? 0 : refusals.range("subset", spec.getSubset(), 1, MAX_SUBSET));
  }

  private Optional<Steering.Sticky> sticky(PoolSpec spec) {
    if (!spec.hasSticky()) {
      return Optional.empty();
    }
    var sticky = spec.getSticky();
    return Optional.of(
        new Steering.Sticky(
            token("sticky.cookie", sticky.getCookie()),
            sticky.hasMaxAge()
                ? Optional.of(
                    refusals.range(
                        "sticky.max_age",
                        true,
                        sticky.getMaxAge(),
                        ofHours(1),
                        ofSeconds(1),
                        ofHours(10_000)))
                : Optional.empty()));
  }

  private Optional<Steering.SlowStart> slowStart(PoolSpec spec) {
    if (!spec.hasSlowStart()) {
      return Optional.empty();
    }
    var slowStart = spec.getSlowStart();
    if (!slowStart.hasWindow()) {
      refusals.add("slow_start.window", "is missing");
    }
    double aggression = slowStart.hasAggression() ? slowStart.getAggression() : 1;
    if (!(aggression >= 0.1 && aggression <= 10)) {
      refusals.add("slow_start.aggression", "is " + aggression + "; it must be from 0.1 to 10");
    }
    return Optional.of(
        new Steering.SlowStart(
            refusals.range(
                "slow_start.window",
                slowStart.hasWindow(),
                slowStart.getWindow(),
                ofSeconds(10),
                ofMillis(100),
                ofHours(1)),
            aggression));
  }
}
