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
 * none came lately, nothing is missing and no requests fail. One thread at a time.
 */
public final class Recommender {
  /** For so long after a change one in the other direction takes more, or waits. */
  private static final long SETTLE = 300 * Forecast.SECOND;

  /** Times what an operator wants an endpoint to have. */
  private static final double CROWDED = 2;

  private final Terms terms;
  private final Demand demand = new Demand();
  private final Capacity capacity = new Capacity();
  private final Promptness promptness;
  private final Startup startup;
  private final Trial trial = new Trial();
  private final Tolerance tolerance;
  private final Panic panic = new Panic();
  private final Doubts doubts = new Doubts();
  private final Pace pace;
  private final Advisor advisor = new Advisor();
  private byte @Nullable [] remembered;
  private @Nullable Sample last;
  private int before = -1;

  /**
   * @throws IllegalArgumentException when the spec is not valid
   */
  public Recommender(ScalerSpec spec) {
    terms = Terms.of(spec);
    promptness = new Promptness(terms.targets().p99Micros().orElse(0), terms.out().tolerance());
    startup = new Startup(terms.startup());
    tolerance = new Tolerance(terms.out().tolerance(), terms.in().tolerance());
    pace = new Pace(terms);
  }

  /** What to do by what is known now; to be asked about once a second. */
  public Recommendation next(Sample sample) {
    begin(sample);
    // By what was known before this sample, so that more load never makes for fewer endpoints.
    OptionalDouble each = capacity.each(sample.atNanos());
    demand.add(sample, room(each), capacity.usualMicros());
    promptness.hear(sample);
    Outlooks outlooks = outlooks();
    Asked asked = asked(sample, outlooks, each);
    String why =
        asked
            .soon()
            .why(
                terms.targets(),
                each,
                promptness,
                outlooks.whole(),
                outlooks.inFlight(),
                outlooks.rate());
    Optional<String> advice = learn(sample, each);
    Steps steps = steps(sample, asked, advice);
    return new Recommendation(
        steps.desired(),
        inputs(sample, asked.soon(), outlooks.inFlight(), each),
        steps.reason(why, startup.seconds(), panic.isOn(sample.atNanos())),
        steps.held().why(),
        advice);
  }

  /** Until it is known what an endpoint can have, twice what it is to have is too much. */
  private OptionalDouble room(OptionalDouble each) {
    OptionalDouble target = terms.targets().inFlight();
    return each.isPresent() || target.isEmpty()
        ? each
        : OptionalDouble.of(CROWDED * target.getAsDouble());
  }

  private void begin(Sample sample) {
    long now = sample.atNanos();
    byte[] bytes = remembered;
    remembered = null;
    if (bytes != null && bytes.length > 0) {
      try {
        read(Memory.reading(bytes, now, sample.wallClock()));
      } catch (IllegalArgumentException e) {
        before = -1;
      }
    }
    if (before < 0) {
      // What there is counts as wanted, as nobody knows what was before.
      pace.most().add(now, sample.endpoints());
    } else if (before != sample.endpoints()) {
      pace.changed(now, sample.endpoints() - before);
      if (sample.endpoints() < before) {
        trial.fewer();
      }
    }
    before = sample.endpoints();
    last = sample;
  }

  /**
   * What is likely once a new endpoint serves.
   *
   * @param whole under way, whatever for
   * @param inFlight under way for what arrives
   * @param rate answers a second
   */
  private record Outlooks(Outlook whole, Outlook inFlight, Outlook rate) {}

  private Outlooks outlooks() {
    double seconds = startup.seconds();
    return new Outlooks(
        demand.whole().outlook(seconds),
        demand.inFlight().outlook(seconds),
        terms.targets().rate().isPresent() ? demand.rate().outlook(seconds) : Outlook.NOTHING);
  }

  /**
   * How many endpoints it takes.
   *
   * @param soon once a new one serves
   * @param lately by the last seconds
   * @param calm by the last minute, without what has piled up and what is only expected
   */
  private record Asked(Wants soon, Wants lately, Wants calm) {}

  private Asked asked(Sample sample, Outlooks outlooks, OptionalDouble each) {
    Outlook whole = outlooks.whole();
    Outlook inFlight = outlooks.inFlight();
    Outlook rate = outlooks.rate();
    boolean wentLately = pace.wentWithin(sample.atNanos(), Forecast.STABLE);
    double unknown = trial.wants(sample, demand, inFlight.expected(), wentLately);
    return new Asked(
        wants(whole.expected(), inFlight.expected(), rate.expected(), each, sample, unknown),
        wants(whole.brief(), inFlight.brief(), rate.brief(), each, sample, unknown),
        wants(
            demand.whole().stable(),
            demand.steady().stable(),
            demand.rate().stable(),
            each,
            sample,
            Math.min(unknown, sample.endpoints())));
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

  private Optional<String> learn(Sample sample, OptionalDouble each) {
    double answered = Math.max(0, sample.rate() - sample.failures());
    boolean stretched = capacity.add(sample, answered);
    promptness.learn(sample);
    return advisor.add(
        sample,
        answered,
        stretched || promptness.late(),
        each.orElse(terms.targets().inFlight().orElse(0)));
  }

  private Steps steps(Sample sample, Asked asked, Optional<String> advice) {
    long now = sample.atNanos();
    int there = sample.endpoints();
    boolean wentLately = pace.wentWithin(now, SETTLE);
    double calm = asked.calm().most();
    int near = tolerance.near(sample, asked.soon().most(), calm, wentLately);
    Doubts.Held held =
        doubts.hold(sample, panic.least(sample, near, asked.lately().most()), advice);
    int steady =
        doubts.hold(sample, tolerance.near(sample, calm, calm, wentLately), advice).wanted();
    int stable = pace.stabilized(now, there, held.wanted(), steady);
    if (stable < there && !mayGo(now, there, stable)) {
      stable = there;
    }
    int limited = pace.limited(now, there, stable);
    return new Steps(there, held, stable, limited, terms.bounds(sample.wallClock()));
  }

  /** None goes while others have only just come. */
  private boolean mayGo(long now, int there, int stable) {
    long wait = Math.min(SETTLE, terms.in().stabilization().toNanos());
    return tolerance.isWorthwhile(there, stable) && !pace.cameWithin(now, wait);
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
            .setPanic(panic.isOn(sample.atNanos()));
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

  /** A new endpoint took that long from when it was asked for until it served. */
  public void started(Duration took) {
    startup.add(took.toMillis() / 1e3);
  }

  /** What outlives this controller, a few KiB at most. */
  public byte[] memory() {
    Sample sample = last;
    if (sample == null) {
      byte[] unread = remembered;
      return unread == null ? new byte[0] : unread.clone();
    }
    Memory memory = Memory.writing(sample.atNanos(), sample.wallClock());
    memory.integer(before);
    panic.write(memory, sample.atNanos());
    Capacity.State learned = capacity.state();
    memory.number(learned.usual()).number(learned.learned()).time(learned.confirmed());
    memory.number(promptness.fine());
    memory.integer(startup.size());
    startup.seen().forEach(memory::number);
    demand.write(memory);
    pace.write(memory);
    return memory.bytes();
  }

  /** Goes on with another's memory, before the first sample; what cannot be read is forgotten. */
  public void restore(byte[] memory) {
    remembered = memory.clone();
  }

  private void read(Memory memory) {
    int there = memory.integer();
    panic.read(memory);
    capacity.restore(new Capacity.State(memory.number(), memory.number(), memory.time()));
    promptness.restore(memory.number());
    for (int i = memory.count(); i > 0; i--) {
      startup.add(memory.number());
    }
    demand.read(memory);
    pace.read(memory);
    before = there;
  }
}
