package io.weir.controller.scaling;

import io.weir.controller.scaling.Forecast.Outlook;
import io.weir.v1.ScaleInputs;
import io.weir.v1.ScalerSpec;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * How many endpoints one pool is to have. More at once when it takes more, and as many as the load
 * is likely to take once they serve; fewer only when all that was recommended for a while agrees,
 * nothing is missing and no requests fail. One thread at a time.
 */
public final class Recommender {
  private static final long PANIC = Forecast.STABLE;
  private static final double PANIC_FACTOR = 2;
  private static final long RETRY = 300 * Forecast.SECOND;
  private static final long RETRYING = 3 * Forecast.SECOND;

  /**
   * For so long after there have become fewer it takes twice the tolerance now, or five times what
   * is expected, for more; and after there have become more it takes a third for fewer.
   */
  private static final long SETTLE = 300 * Forecast.SECOND;

  /** How much fewer endpoints there may be at once while it is not known what one can do. */
  private static final double TRIED = 0.85;

  /** By how much more than what went well the load may grow meanwhile. */
  private static final double GROWN = 1.2;

  private final Terms terms;
  private final Demand demand = new Demand();
  private final Capacity capacity = new Capacity();
  private final Promptness promptness;
  private final Startup startup;
  private final Pace pace;
  private final Advisor advisor = new Advisor();
  private byte @Nullable [] remembered;
  private @Nullable Sample last;
  private int held = -1;
  private long panicUntil;
  private int panicMost;
  private long frozenSince;
  private long shrunk;
  private double borne;
  private boolean unsettled;
  private long grown;

  /**
   * @throws IllegalArgumentException when the spec is not valid
   */
  public Recommender(ScalerSpec spec) {
    terms = Terms.of(spec);
    promptness = new Promptness(terms.targets().p99Micros().orElse(0), terms.out().tolerance());
    startup = new Startup(terms.startup());
    pace = new Pace(terms);
  }

  /** What to do by what is known now; to be asked about once a second. */
  public Recommendation next(Sample sample) {
    begin(sample);
    // By what was known before this sample, so that more load never makes for fewer endpoints.
    OptionalDouble each = capacity.each(sample.atNanos());
    demand.add(sample, each, capacity.usualMicros());
    promptness.hear(sample);
    Outlook inFlight = demand.inFlight().outlook(startup.seconds());
    Outlook whole = demand.whole().outlook(startup.seconds());
    Outlook rate =
        terms.targets().rate().isPresent()
            ? demand.rate().outlook(startup.seconds())
            : Outlook.NOTHING;
    double unknown = whileUnknown(sample, inFlight.expected());
    Wants wants =
        wants(whole.expected(), inFlight.expected(), rate.expected(), each, sample, unknown);
    Wants brief = wants(whole.brief(), inFlight.brief(), rate.brief(), each, sample, unknown);
    Wants calm =
        wants(
            demand.whole().stable(),
            demand.steady().stable(),
            demand.rate().stable(),
            each,
            sample,
            Math.min(unknown, sample.endpoints()));
    double answered = Math.max(0, sample.rate() - sample.failures());
    boolean stretched = capacity.add(sample, answered);
    promptness.learn(sample);
    Optional<String> advice =
        advisor.add(
            sample,
            answered,
            stretched || promptness.late(),
            each.orElse(terms.targets().inFlight().orElse(0)));

    int wanted = panicking(sample, tolerated(sample, wants.most(), calm.most()), brief.most());
    Held safe = safe(sample, wanted, advice);
    int stable =
        pace.stabilized(
            sample.atNanos(),
            sample.endpoints(),
            safe.wanted(),
            safe(sample, tolerated(sample, calm.most(), calm.most()), advice).wanted());
    if (stable < sample.endpoints() && tooFewToGo(sample, stable)) {
      stable = sample.endpoints();
    }
    int limited = pace.limited(sample.atNanos(), sample.endpoints(), stable);
    Terms.Bounds bounds = terms.bounds(sample.wallClock());
    int desired = Math.clamp(limited, bounds.min(), bounds.max());
    String why = wants.why(terms.targets(), each, promptness, whole, inFlight, rate);
    return new Recommendation(
        desired,
        inputs(sample, wants, inFlight, each),
        reason(sample, desired, why, new Steps(safe, stable, limited, bounds)),
        safe.why(),
        advice);
  }

  /** From what is wanted to what is recommended. */
  private record Steps(Held safe, int stable, int limited, Terms.Bounds bounds) {}

  /** What may be wanted, and why not more or fewer. */
  private record Held(int wanted, Optional<String> why) {}

  private void begin(Sample sample) {
    byte[] bytes = remembered;
    remembered = null;
    if (bytes != null && bytes.length > 0) {
      try {
        read(Memory.reading(bytes, sample.atNanos(), sample.wallClock()));
      } catch (IllegalArgumentException e) {
        held = -1;
      }
    }
    if (held < 0) {
      // What there is counts as wanted, as nobody knows what was before.
      pace.most().add(sample.atNanos(), sample.endpoints());
    } else if (held != sample.endpoints()) {
      pace.changed(sample.atNanos(), sample.endpoints() - held);
      if (sample.endpoints() < held) {
        shrunk = sample.atNanos();
        unsettled = true;
      } else {
        grown = sample.atNanos();
      }
    }
    held = sample.endpoints();
    last = sample;
  }

  private Wants wants(
      double whole,
      double inFlight,
      double rate,
      OptionalDouble each,
      Sample sample,
      double unknown) {
    return Wants.of(terms.targets(), whole, inFlight, rate, each, promptness, sample, unknown);
  }

  /**
   * As many as there are, or as keep it at what went well; a few less where all is well, so that it
   * comes to be known.
   */
  private double whileUnknown(Sample sample, double expected) {
    if (sample.usable() > 0
        && (borne == 0 || unsettled && sample.atNanos() - shrunk > Forecast.STABLE)) {
      borne = demand.steady().stable() / sample.usable();
      unsettled = false;
    }
    if (demand.idle()) {
      return 0;
    }
    if (sample.usable() == 0) {
      return Math.max(1, sample.endpoints());
    }
    if (sample.queued() > 0.2 * (sample.inFlight() + sample.queued())) {
      return 1.5 * sample.endpoints();
    }
    if (borne > 0 && !unsettled && expected > GROWN * borne * sample.usable()) {
      return expected / borne;
    }
    return Math.max(1, Math.floor(TRIED * sample.endpoints()));
  }

  /**
   * What is near enough stays. What is there and cannot serve is no help, but there.
   *
   * @param now what the last minute took, whatever is expected
   */
  private int tolerated(Sample sample, double wanted, double now) {
    int unready = Math.max(0, sample.endpoints() - sample.usable() - sample.starting());
    int able = sample.endpoints() - unready;
    int whole = Wants.rounded(wanted) + Math.min(unready, sample.usable());
    if (able == 0) {
      return Math.max(whole, sample.endpoints());
    }
    double more = terms.out().tolerance();
    boolean enough =
        settling(shrunk, sample)
            ? now > able * (1 + 2 * more) || wanted > able * (1 + 5 * more)
            : wanted > able * (1 + more);
    if (enough) {
      return Math.max(whole, sample.endpoints());
    }
    return wanted < able * (1 - terms.in().tolerance())
        ? Math.min(whole, sample.endpoints())
        : sample.endpoints();
  }

  /** Endpoints go several at a time, and not what has only just come. */
  private boolean tooFewToGo(Sample sample, int wanted) {
    int there = sample.endpoints();
    return wanted > there * (1 - terms.in().tolerance())
        || (grown != 0
            && sample.atNanos() - grown < Math.min(SETTLE, terms.in().stabilization().toNanos()));
  }

  private static boolean settling(long since, Sample sample) {
    return since != 0 && sample.atNanos() - since < SETTLE;
  }

  /**
   * While the last seconds take twice what there is, and a minute longer, there are never fewer.
   */
  private int panicking(Sample sample, int wanted, double brief) {
    long now = sample.atNanos();
    if (sample.usable() > 0 && brief >= PANIC_FACTOR * (sample.usable() + sample.starting())) {
      panicUntil = now + PANIC;
    }
    if (!inPanic(sample)) {
      panicMost = 0;
      return wanted;
    }
    panicMost = Math.max(panicMost, Math.max(wanted, sample.endpoints()));
    return panicMost;
  }

  private boolean inPanic(Sample sample) {
    return panicUntil != 0 && sample.atNanos() < panicUntil;
  }

  private Held safe(Sample sample, int wanted, Optional<String> advice) {
    int there = sample.endpoints();
    if (sample.failedStarts() < Doubts.FAILED_STARTS) {
      frozenSince = 0;
    } else if (frozenSince == 0) {
      frozenSince = sample.atNanos();
    }
    if (wanted < there) {
      return Doubts.whyNotFewer(sample)
          .map(why -> new Held(there, Optional.of(why)))
          .orElseGet(() -> new Held(wanted, Optional.empty()));
    }
    if (wanted > there) {
      Optional<String> why = Doubts.whyNotMore(sample);
      if (why.isPresent() || advice.isPresent()) {
        return new Held(trying(sample) ? there + 1 : there, why.or(() -> advice));
      }
    }
    return new Held(wanted, Optional.empty());
  }

  private boolean trying(Sample sample) {
    long frozen = sample.atNanos() - frozenSince;
    return sample.failedStarts() >= Doubts.FAILED_STARTS
        && sample.starting() == 0
        && frozen >= RETRY
        && frozen % RETRY < RETRYING;
  }

  private ScaleInputs inputs(Sample sample, Wants wants, Outlook inFlight, OptionalDouble each) {
    ScaleInputs.Builder inputs =
        ScaleInputs.newBuilder()
            .setInFlight(sample.inFlight())
            .setQueued(sample.queued())
            .setRate(sample.rate())
            .setFailures(sample.failures())
            .setRetries(sample.retries())
            .setUsable(sample.usable())
            .setEndpoints(sample.endpoints())
            .setExpected(inFlight.expected())
            .setCapacity(each.orElse(0))
            .setCoverage(sample.coverage())
            .setPanic(inPanic(sample));
    if (promptness.p99() > 0) {
      Duration p99 = Duration.ofNanos((long) (promptness.p99() * 1e3));
      inputs.setP99(
          com.google.protobuf.Duration.newBuilder()
              .setSeconds(p99.getSeconds())
              .setNanos(p99.getNano()));
    }
    wants.by().forEach((target, wanted) -> inputs.putWants(target, Wants.rounded(wanted)));
    return inputs.build();
  }

  private String reason(Sample sample, int desired, String why, Steps steps) {
    int there = sample.endpoints();
    StringBuilder reason = new StringBuilder();
    if (desired == there) {
      reason.append("stays at ").append(there);
    } else {
      reason.append(there).append(" -> ").append(desired);
    }
    reason.append(": ").append(why);
    if (desired > there) {
      reason
          .append(", ")
          .append(Figures.number(Math.rint(startup.seconds())))
          .append(" s until a new one serves");
    }
    if (inPanic(sample)) {
      reason.append("; in the last minute it took twice what there was");
    }
    if (desired != steps.limited()) {
      reason
          .append("; ")
          .append(desired == steps.bounds().max() ? "no more than " : "no fewer than ")
          .append(desired)
          .append(" are allowed");
    } else if (steps.limited() != steps.stable()) {
      reason.append("; more than that at once is against its policies");
    } else if (steps.stable() != steps.safe().wanted()) {
      reason
          .append("; not ")
          .append(steps.safe().wanted())
          .append(" yet, as it has not been so for long enough");
    }
    return reason.toString();
  }

  /** A new endpoint took that long from when it was asked for until it served. */
  public void started(Duration took) {
    startup.add(took.toMillis() / 1e3);
  }

  /** What outlives this controller, a few KiB at most. */
  public byte[] memory() {
    Sample sample = last;
    if (sample == null) {
      byte[] before = remembered;
      return before == null ? new byte[0] : before.clone();
    }
    Memory memory = Memory.writing(sample.atNanos(), sample.wallClock());
    memory.integer(held).time(panicUntil == 0 ? sample.atNanos() : panicUntil).integer(panicMost);
    Capacity.State learned = capacity.state();
    memory.number(learned.usual()).number(learned.learned()).time(learned.confirmed());
    memory.number(promptness.fine());
    memory.integer(startup.size());
    startup.seen().forEach(memory::number);
    demand.write(memory);
    write(pace.least(), memory);
    write(pace.most(), memory);
    memory.integer(pace.changes().size());
    pace.changes().forEach(change -> memory.time(change.at()).integer(change.by()));
    return memory.bytes();
  }

  private static void write(Extremes extremes, Memory memory) {
    memory.integer(extremes.size());
    extremes.steps().forEach(step -> memory.time(step.from()).integer(step.value()));
  }

  /** Goes on with another's memory, before the first sample; what cannot be read is forgotten. */
  public void restore(byte[] memory) {
    remembered = memory.clone();
  }

  private void read(Memory memory) {
    int before = memory.integer();
    panicUntil = memory.time();
    panicMost = memory.integer();
    capacity.restore(new Capacity.State(memory.number(), memory.number(), memory.time()));
    promptness.restore(memory.number());
    for (int i = memory.count(); i > 0; i--) {
      startup.add(memory.number());
    }
    demand.read(memory);
    read(pace.least(), memory);
    read(pace.most(), memory);
    for (int i = memory.count(); i > 0; i--) {
      pace.changed(memory.time(), memory.integer());
    }
    held = before;
  }

  private static void read(Extremes extremes, Memory memory) {
    for (int i = memory.count(); i > 0; i--) {
      extremes.restore(new Extremes.Step(memory.time(), memory.integer()));
    }
  }
}
