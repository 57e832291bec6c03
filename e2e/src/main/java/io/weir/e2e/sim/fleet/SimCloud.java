package io.weir.e2e.sim.fleet;

import io.weir.controller.provision.Answer;
import io.weir.controller.provision.Order;
import io.weir.controller.provision.ProvisionException;
import io.weir.controller.provision.Provisioned;
import io.weir.controller.provision.Provisioned.State;
import io.weir.controller.provision.Provisioner;
import io.weir.e2e.sim.fleet.Origins.Condition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * The provider of a {@link ScaledPool}: it does once what it is told under a key. Its instances
 * take a while to start, some never do, some die, and some it ends by itself. While there are
 * faults it may fail, act without answering, or act only later.
 */
final class SimCloud {
  private static final long SECOND = World.SECOND;

  /** So that all who retry are done when everything is to be well. */
  private static final long CALM = World.FAULTS_TO - 10 * SECOND;

  private static final double POOR_ORDER = 0.4;
  private static final double POOR_LIST = 0.1;

  private final World world;
  private final Random random;
  private final boolean replaces;
  private final Map<String, Instance> instances = new LinkedHashMap<>();
  private final Set<String> started = new HashSet<>();
  private final Set<String> done = new HashSet<>();
  private int size;
  private int number;

  private static final class Instance {
    final String id;
    final String address;
    State state = State.PENDING;
    boolean addressed;

    Instance(int number) {
      this.id = "i-" + number;
      this.address = "10.5.0.%d:80".formatted(number);
    }

    Provisioned told() {
      return new Provisioned(id, addressed ? Optional.of(address) : Optional.empty(), state);
    }
  }

  SimCloud(World world, Random random) {
    this.world = world;
    this.random = random;
    this.replaces = random.nextBoolean();
  }

  /** As a controller reaches it. */
  Provisioner open() {
    return new Provisioner() {
      @Override
      public List<Provisioned> list() throws ProvisionException {
        if (isPoor(POOR_LIST)) {
          throw new ProvisionException("the provider does not tell", true);
        }
        return there();
      }

      @Override
      public Answer scaleOut(Order order) throws ProvisionException {
        return call(order, List.of());
      }

      @Override
      public Answer scaleIn(Order order, List<String> ids) throws ProvisionException {
        return call(order, ids);
      }

      @Override
      public void close() {
        // There is nothing to be freed.
      }
    };
  }

  private boolean isPoor(double share) {
    long now = world.time.now();
    return now >= World.FAULTS_FROM && now < CALM && random.nextDouble() < share;
  }

  private List<Provisioned> there() {
    return instances.values().stream().map(Instance::told).toList();
  }

  private Answer call(Order order, List<String> ids) throws ProvisionException {
    if (isPoor(POOR_ORDER)) {
      switch (random.nextInt(3)) {
        case 0 ->
            throw new ProvisionException(
                "the provider is busy",
                true,
                Optional.of(Duration.ofMillis(100 + random.nextInt(2_000))),
                429,
                null);
        case 1 -> act(order, ids);
        default -> world.time.after(1 + random.nextLong(4 * SECOND), () -> act(order, ids));
      }
      throw new ProvisionException("the provider did not answer in time", true);
    }
    act(order, ids);
    return random.nextBoolean() ? Answer.NOTHING_TOLD : new Answer(there());
  }

  private void act(Order order, List<String> ids) {
    world.invariants.holds(world.scaled.invariants.called(order, ids));
    if (!done.add(order.key())) {
      return;
    }
    world.invariants.trace(() -> "the provider does %s %s".formatted(order, ids));
    if (ids.isEmpty()) {
      size = Math.max(size, order.desired());
      fill();
    } else {
      for (String id : ids) {
        Instance its = instances.get(id);
        if (its != null && its.state != State.ENDING) {
          size--;
          end(its);
        }
      }
    }
  }

  private void fill() {
    while (living().size() < size) {
      start(new Instance(++number));
    }
  }

  /** Ids of those that are not about to end. */
  Set<String> living() {
    Set<String> living = new HashSet<>();
    instances.values().stream()
        .filter(one -> one.state != State.ENDING)
        .forEach(one -> living.add(one.id));
    return living;
  }

  /** Whether anything has ever answered there. */
  boolean hasStarted(String address) {
    return started.contains(address);
  }

  private void start(Instance one) {
    instances.put(one.id, one);
    world.origins.become(one.address, Condition.REFUSES);
    one.addressed = random.nextBoolean();
    world.time.after(random.nextLong(2 * SECOND), () -> one.addressed = true);
    boolean never = random.nextInt(10) == 0;
    long boot = SECOND / 2 + random.nextLong(8 * SECOND);
    world.time.after(boot, () -> boot(one, never));
  }

  private void boot(Instance one, boolean never) {
    if (one.state != State.PENDING) {
      return;
    }
    one.state = State.RUNNING;
    if (never) {
      return;
    }
    world.invariants.trace(() -> one.address + " is up");
    started.add(one.address);
    world.origins.become(one.address, Condition.WELL);
    if (random.nextInt(5) == 0) {
      world.time.after(random.nextLong(30 * SECOND), () -> fail(one, random.nextInt(3)));
    }
  }

  private void fail(Instance one, int how) {
    if (one.state != State.RUNNING || world.time.now() >= CALM) {
      return;
    }
    world.invariants.trace(() ->
        one.address + List.of(" hangs", " is gone", " is taken back by its provider").get(how));
    switch (how) {
      case 0 -> world.origins.become(one.address, Condition.HANGS);
      case 1 -> {
        remove(one);
        lost();
      }
      default -> {
        one.state = State.ENDING;
        world.time.after(
            4 * SECOND,
            () -> {
              remove(one);
              lost();
            });
      }
    }
  }

  /** One that nobody wanted to end has: some providers start another one. */
  private void lost() {
    if (replaces) {
      world.time.after(SECOND, this::fill);
    } else {
      size--;
    }
  }

  private void remove(Instance one) {
    one.state = State.ENDING;
    instances.remove(one.id);
    world.origins.become(one.address, Condition.REFUSES);
  }

  private void end(Instance one) {
    one.state = State.ENDING;
    world.time.after(
        random.nextLong(SECOND), () -> world.origins.become(one.address, Condition.REFUSES));
    world.time.after(SECOND + random.nextLong(2 * SECOND), () -> remove(one));
  }

  /** For people. */
  @Override
  public String toString() {
    List<String> all = new ArrayList<>();
    instances.values().forEach(one -> all.add("%s %s".formatted(one.id, one.state)));
    return all.toString();
  }
}
