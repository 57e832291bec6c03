package io.weir.controller.model;

import static io.weir.controller.model.Durations.millis;
import static io.weir.controller.model.Durations.minutes;
import static io.weir.controller.model.Durations.seconds;

import io.weir.v1.Balance;
import io.weir.v1.Hash;
import io.weir.v1.PoolSpec;
import io.weir.v1.Priorities;
import io.weir.v1.SlowStart;
import io.weir.v1.Sticky;
import java.math.BigInteger;
import java.util.regex.Pattern;

/** How one pool balances; the ranges are those that resources.proto names. */
final class BalanceRules {
  private static final int MAX_SUBSET = 4_096;
  private static final int MIN_TABLE = 251;
  private static final int MAX_TABLE = 4_000_037;

  /** RFC 9110 section 5.6.2. */
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}");

  private BalanceRules() {}

  static void check(PoolSpec spec, Problems.On on) {
    boolean hashes = spec.getBalance().getPolicyCase() == Balance.PolicyCase.HASH;
    if (hashes) {
      hash(spec.getBalance().getHash(), on);
    }
    if (spec.hasSticky()) {
      sticky(spec.getSticky(), on);
    }
    priorities(spec.getPriorities(), on);
    if (spec.hasSlowStart()) {
      slowStart(spec.getSlowStart(), on);
      if (hashes) {
        on.add("slow_start", "is not for hash, which gives every key its endpoint at once");
      }
    }
    if (spec.getSubset() != 0) {
      on.range("subset", spec.getSubset(), 1, MAX_SUBSET);
      if (hashes) {
        on.add("subset", "is not for hash, as agents would not agree on a key's endpoint");
      }
    }
  }

  private static void hash(Hash hash, Problems.On on) {
    switch (hash.getKeyCase()) {
      case CLIENT_IP, PATH, URL -> {}
      case HEADER -> token("balance.hash.header", hash.getHeader(), on);
      case COOKIE -> token("balance.hash.cookie", hash.getCookie(), on);
      case KEY_NOT_SET ->
          on.add("balance.hash", "names no key; add client_ip, path, url, header or cookie");
    }
    if (hash.hasMaglev() && hash.getMaglev().getSize() != 0) {
      int size = hash.getMaglev().getSize();
      on.range("balance.hash.maglev.size", size, MIN_TABLE, MAX_TABLE);
      if (size >= MIN_TABLE && !BigInteger.valueOf(size).isProbablePrime(50)) {
        on.add("balance.hash.maglev.size", "must be a prime such as 65537, is " + size);
      }
    }
    if (hash.getBound() != 0) {
      on.range("balance.hash.bound", hash.getBound(), 101, 1_000);
    }
  }

  private static void token(String field, String name, Problems.On on) {
    if (!TOKEN.matcher(name).matches()) {
      on.add(
          field,
          Syntax.quote(name) + " must be a name: 1 to 64 letters, digits or !#$%&'*+-.^_`|~");
    }
  }

  private static void sticky(Sticky sticky, Problems.On on) {
    token("sticky.cookie", sticky.getCookie(), on);
    if (sticky.hasMaxAge()) {
      Durations.range(on, "sticky.max_age", sticky.getMaxAge(), seconds(1), minutes(600_000));
    }
  }

  private static void priorities(Priorities priorities, Problems.On on) {
    if (priorities.hasOverprovisioning()) {
      on.range("priorities.overprovisioning", priorities.getOverprovisioning(), 100, 1_000);
    }
    if (priorities.hasPanic()) {
      on.range("priorities.panic", priorities.getPanic(), 0, 100);
    }
    switch (priorities.getFailback().getWhenCase()) {
      case AFTER ->
          Durations.range(
              on,
              "priorities.failback.after",
              priorities.getFailback().getAfter(),
              seconds(1),
              minutes(24 * 60));
      case MANUAL -> {}
      case WHEN_NOT_SET -> {
        if (priorities.hasFailback()) {
          on.add("priorities.failback", "says nothing; write manual, or after: 30s");
        }
      }
    }
    if (priorities.hasForce()) {
      on.range("priorities.force", priorities.getForce(), 0, 127);
    }
  }

  private static void slowStart(SlowStart slowStart, Problems.On on) {
    if (slowStart.hasWindow()) {
      Durations.range(on, "slow_start.window", slowStart.getWindow(), millis(100), minutes(60));
    } else {
      on.add("slow_start.window", "is missing; write how long the weight grows, such as 30s");
    }
    double aggression = slowStart.getAggression();
    if (slowStart.hasAggression() && !(aggression >= 0.1 && aggression <= 10)) {
      on.add("slow_start.aggression", "must be 0.1 to 10, is " + aggression);
    }
  }
}
