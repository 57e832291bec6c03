package io.weir.e2e.sim.fleet;

import io.weir.controller.store.StoreException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** What befalls a fleet: some things, of random kinds, at random times, for random lengths. */
final class Faults {
  private static final long SECOND = World.SECOND;
  private static final int MOST = 9;

  private final World world;
  private final Random random;

  private enum Kind {
    ENDPOINT_DIES,
    ENDPOINT_FLAPS,
    AGENT_CUT_FROM_ENDPOINT,
    AGENT_CUT_FROM_ALL_ENDPOINTS,
    AGENTS_CUT_FROM_EACH_OTHER,
    AGENT_CUT_FROM_CONTROLLER,
    AGENT_DIES,
    AGENT_PAUSES,
    CONTROLLER_DIES,
    CONTROLLER_PAUSES_AND_ANOTHER_STARTS,
    CLOCK_JUMPS,
    STORE_AWAY,
    STORE_UNCERTAIN,
    NETWORK_POOR,
    CONFIG_CHANGES,
    // Of several controllers.
    LEADER_DIES,
    LEADER_PAUSES,
    ANY_CONTROLLER_DIES,
    ANY_CONTROLLER_PAUSES,
    LEADER_CUT_FROM_STORE,
    CONTROLLER_CUT_FROM_STORE,
    CONTROLLERS_CUT_FROM_EACH_OTHER,
    AGENTS_MOVE;

    static List<Kind> of(Cluster cluster) {
      return switch (cluster) {
        case ONE -> List.copyOf(EnumSet.range(ENDPOINT_DIES, CONFIG_CHANGES));
        case SEVERAL ->
            List.copyOf(
                EnumSet.complementOf(
                    EnumSet.of(
                        CONTROLLER_DIES, CONTROLLER_PAUSES_AND_ANOTHER_STARTS, CONFIG_CHANGES)));
      };
    }
  }

  Faults(World world, Random random) {
    this.world = world;
    this.random = random;
  }

  void schedule() {
    int count = 1 + random.nextInt(MOST);
    List<Kind> kinds = Kind.of(world.cluster);
    for (int i = 0; i < count; i++) {
      Kind kind = i == 0 ? Kind.ENDPOINT_DIES : kinds.get(random.nextInt(kinds.size()));
      long at = between(World.FAULTS_FROM, World.FAULTS_TO - 10 * SECOND);
      world.time.at(at, () -> happen(kind));
    }
  }

  private long between(long least, long most) {
    return least + (long) (random.nextDouble() * (most - least));
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** Until all is well again at the latest. */
  private void later(long least, long most, Runnable end) {
    long at = world.time.now() + between(least, most);
    if (at < World.FAULTS_TO) {
      world.time.at(at, end);
    }
  }

  private void happen(Kind kind) {
    switch (kind) {
      case ENDPOINT_DIES -> die();
      case ENDPOINT_FLAPS -> flap(one(world.origins.addresses()), 2 + random.nextInt(6));
      case AGENT_CUT_FROM_ENDPOINT ->
          cut(one(world.names()), List.of(one(world.origins.addresses())));
      case AGENT_CUT_FROM_ALL_ENDPOINTS -> cut(one(world.names()), world.origins.addresses());
      case AGENTS_CUT_FROM_EACH_OTHER -> cut(one(world.names()), world.names());
      case AGENT_CUT_FROM_CONTROLLER -> cut(one(world.names()), world.cluster.hosts());
      case AGENT_DIES -> killAgent();
      case AGENT_PAUSES ->
          world
              .agent(one(world.names()))
              .ifPresent(agent -> pause(agent, between(SECOND / 2, 5 * SECOND)));
      case CONTROLLER_DIES -> killController();
      case CONTROLLER_PAUSES_AND_ANOTHER_STARTS -> replaceController();
      case CLOCK_JUMPS ->
          world
              .leader()
              .ifPresent(controller -> {
                world.disturb("the clock of " + controller.name + " jumps");
                world.scaled.invariants.clocksDiffer();
                controller.jump(between(-3_600 * SECOND, 3_600 * SECOND));
              });
      case STORE_AWAY -> {
        world.disturb("the store is away");
        world.store.away(true);
        later(
            SECOND,
            15 * SECOND,
            () -> {
              world.disturb("the store is back");
              world.store.away(false);
            });
      }
      case STORE_UNCERTAIN -> {
        world.disturb("commits end without an answer");
        world.store.unknownOutcomes(0.3);
        later(SECOND, 15 * SECOND, () -> world.store.unknownOutcomes(0));
      }
      case NETWORK_POOR -> {
        world.disturb("the network is poor");
        world.quality(0.004, 0.05);
        later(
            2 * SECOND,
            20 * SECOND,
            () -> {
              world.disturb("the network is good");
              world.goodQuality();
            });
      }
      case CONFIG_CHANGES -> change();
      case LEADER_DIES -> world.leader().ifPresent(this::kill);
      case LEADER_PAUSES ->
          world.leader().ifPresent(leader -> pause(leader, between(SECOND / 2, 10 * SECOND)));
      case ANY_CONTROLLER_DIES -> any().ifPresent(this::kill);
      case ANY_CONTROLLER_PAUSES ->
          any().ifPresent(one -> pause(one, between(SECOND / 2, 10 * SECOND)));
      case LEADER_CUT_FROM_STORE -> world.leader().ifPresent(this::cutFromStore);
      case CONTROLLER_CUT_FROM_STORE -> any().ifPresent(this::cutFromStore);
      case CONTROLLERS_CUT_FROM_EACH_OTHER ->
          cut(one(world.cluster.hosts()), world.cluster.hosts());
      case AGENTS_MOVE -> moveAgents();
    }
  }

  private void become(String address, Origins.Condition condition) {
    world.origins.become(address, condition);
    world.invariants.look();
    world.invariants.trace(() -> "*** " + address + " is " + condition);
  }

  private void die() {
    String address = one(world.origins.addresses());
    become(address, random.nextBoolean() ? Origins.Condition.REFUSES : Origins.Condition.HANGS);
    if (random.nextInt(3) > 0) {
      later(SECOND, 40 * SECOND, () -> become(address, Origins.Condition.WELL));
    }
  }

  private void flap(String address, int times) {
    become(address, Origins.Condition.REFUSES);
    later(
        SECOND / 2,
        4 * SECOND,
        () -> {
          become(address, Origins.Condition.WELL);
          if (times > 1) {
            later(SECOND / 2, 4 * SECOND, () -> flap(address, times - 1));
          }
        });
  }

  /** One way or both. */
  private void cut(String agent, List<String> from) {
    int ways = random.nextInt(3);
    world.disturb(
        "%s and %s are cut, %s".formatted(agent, from, List.of("out", "in", "both").get(ways)));
    for (String other : from) {
      if (!other.equals(agent)) {
        if (ways != 1) {
          world.network.cut(agent, other);
        }
        if (ways != 0) {
          world.network.cut(other, agent);
        }
      }
    }
    world.invariants.look();
    later(
        SECOND,
        40 * SECOND,
        () -> {
          world.disturb(agent + " and " + from + " are joined again");
          for (String other : from) {
            world.network.mend(agent, other);
            world.network.mend(other, agent);
          }
          world.invariants.look();
        });
  }

  private void killAgent() {
    String name = one(world.names());
    Optional<SimAgent> agent = world.agent(name);
    if (agent.isPresent() && world.live().size() > 1) {
      world.disturb(name + " is killed");
      agent.get().kill();
      later(
          SECOND,
          20 * SECOND,
          () -> {
            world.disturb(name + " starts again");
            world.startAgent(name);
          });
    }
  }

  private void pause(SimProcess process, long length) {
    world.disturb("%s is paused for %.1f s".formatted(process.name, length / 1e9));
    process.pause(world.time.now() + length);
    world.time.after(length, () -> world.disturb(process.name + " goes on"));
  }

  private Optional<SimController> any() {
    List<SimController> all = world.controllers();
    return all.isEmpty() ? Optional.empty() : Optional.of(one(all));
  }

  private void kill(SimController controller) {
    world.killController(controller);
    later(SECOND / 2, 20 * SECOND, () -> world.startController(controller.host));
  }

  private void moveAgents() {
    world.disturb("agents move");
    world.live().stream().filter(_ -> random.nextBoolean()).forEach(SimAgent::move);
  }

  /**
   * By chance, what is under way gets there when it is joined again, and agents come while it is
   * cut off.
   */
  private void cutFromStore(SimController controller) {
    long length = between(SECOND / 2, 15 * SECOND);
    boolean late = random.nextBoolean();
    world.disturb(
        "%s is cut off from the store for %.1f s%s"
            .formatted(controller.name, length / 1e9, late ? ", with calls under way" : ""));
    world.network.cut(controller.host, SimController.STORE);
    long end = world.time.now() + length;
    if (late) {
      controller.pauseCalls(end + 1);
    }
    if (random.nextBoolean()) {
      world.time.at(between(world.time.now(), end), this::moveAgents);
    }
    world.time.at(
        end,
        () -> {
          world.disturb(controller.host + " reaches the store again");
          world.network.mend(controller.host, SimController.STORE);
        });
  }

  private void killController() {
    world
        .leader()
        .ifPresent(controller -> {
          world.killController(controller);
          later(
              SECOND / 2,
              25 * SECOND,
              () -> {
                if (world.leader().isEmpty()) {
                  world.startController(random.nextBoolean() ? "c0" : "c1");
                }
              });
        });
  }

  private void replaceController() {
    world
        .leader()
        .ifPresent(controller -> {
          long length = between(3 * SECOND, 15 * SECOND);
          pause(controller, length);
          later(
              SECOND,
              3 * SECOND,
              () -> world.startController(controller.host.equals("c0") ? "c1" : "c0"));
          later(
              length,
              length + 10 * SECOND,
              () -> {
                if (!controller.isDead()
                    && world.leader().filter(newest -> newest != controller).isPresent()) {
                  world.killController(controller);
                }
              });
        });
  }

  private void change() {
    try {
      world.declared().change();
      world.disturb("the configuration changes");
    } catch (StoreException e) {
      world.disturb("a change of the configuration fails");
    }
  }
}
