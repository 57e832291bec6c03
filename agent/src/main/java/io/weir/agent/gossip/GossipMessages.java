package io.weir.agent.gossip;

import io.weir.agent.membership.Message;
import io.weir.agent.membership.Peer;
import io.weir.agent.membership.Rumor;
import io.weir.agent.membership.Seen;
import io.weir.agent.model.Health;
import io.weir.v1.GossipAck;
import io.weir.v1.GossipMessage;
import io.weir.v1.GossipPing;
import io.weir.v1.GossipPingRequest;
import io.weir.v1.GossipRumor;
import io.weir.v1.GossipSeen;
import io.weir.v1.GossipSpread;
import io.weir.v1.GossipState;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** To and from the wire. Pure. */
final class GossipMessages {
  private GossipMessages() {}

  /** All but the names and the address. */
  static GossipMessage.Builder wire(Message message) {
    GossipMessage.Builder wire = GossipMessage.newBuilder();
    switch (message) {
      case Message.Ping m ->
          wire.setPing(
              GossipPing.newBuilder().setNumber(m.number()).addAllRumors(rumors(m.rumors())));
      case Message.Ack m -> wire.setAck(answer(m.number(), m.rumors()));
      case Message.Nack m -> wire.setNack(answer(m.number(), m.rumors()));
      case Message.PingRequest m ->
          wire.setPingRequest(
              GossipPingRequest.newBuilder()
                  .setNumber(m.number())
                  .setTarget(m.target().name())
                  .setAddress(m.target().address())
                  .addAllRumors(rumors(m.rumors())));
      case Message.Spread m ->
          wire.setSpread(GossipSpread.newBuilder().addAllRumors(rumors(m.rumors())));
      case Message.State m -> wire.setState(state(m.answer(), rumors(m.members()), m.seen()));
    }
    return wire;
  }

  private static GossipState state(boolean answer, List<GossipRumor> members, List<Seen> seen) {
    GossipState.Builder state = GossipState.newBuilder().setAnswer(answer).addAllMembers(members);
    seen.forEach(s -> state.addSeen(wire(s)));
    return state.build();
  }

  /** Empty for what is not for the ring. */
  static Optional<Message> message(GossipMessage wire) {
    return switch (wire.getMessageCase()) {
      case PING ->
          Optional.of(
              new Message.Ping(
                  wire.getPing().getNumber(),
                  wire.getTo(),
                  fromWire(wire.getPing().getRumorsList())));
      case ACK ->
          Optional.of(
              new Message.Ack(wire.getAck().getNumber(), fromWire(wire.getAck().getRumorsList())));
      case NACK ->
          Optional.of(
              new Message.Nack(
                  wire.getNack().getNumber(), fromWire(wire.getNack().getRumorsList())));
      case PING_REQUEST -> {
        GossipPingRequest m = wire.getPingRequest();
        Peer target = new Peer(m.getTarget(), m.getAddress());
        yield Optional.of(
            new Message.PingRequest(m.getNumber(), target, fromWire(m.getRumorsList())));
      }
      case SPREAD -> Optional.of(new Message.Spread(fromWire(wire.getSpread().getRumorsList())));
      case STATE -> {
        GossipState m = wire.getState();
        yield Optional.of(
            new Message.State(
                m.getAnswer(),
                fromWire(m.getMembersList()),
                m.getSeenList().stream().map(GossipMessages::seen).toList()));
      }
      case LOADS, FETCH, SNAPSHOT, MESSAGE_NOT_SET -> Optional.empty();
    };
  }

  private static GossipAck answer(long number, List<Rumor> rumors) {
    return GossipAck.newBuilder().setNumber(number).addAllRumors(rumors(rumors)).build();
  }

  private static List<GossipRumor> rumors(List<Rumor> rumors) {
    return rumors.stream().map(GossipMessages::wire).toList();
  }

  private static GossipRumor wire(Rumor rumor) {
    GossipRumor.Builder wire = GossipRumor.newBuilder();
    switch (rumor) {
      case Rumor.Alive r ->
          wire.setAlive(
              GossipRumor.Alive.newBuilder()
                  .setName(r.name())
                  .setAddress(r.address())
                  .setIncarnation(r.incarnation()));
      case Rumor.Suspect r -> wire.setSuspect(suspect(r.name(), r.incarnation(), r.by()));
      case Rumor.Dead r -> wire.setDead(suspect(r.name(), r.incarnation(), r.by()));
      case Rumor.Left r ->
          wire.setLeft(
              GossipRumor.Left.newBuilder().setName(r.name()).setIncarnation(r.incarnation()));
      case Rumor.Observed r -> wire.setSeen(wire(r.seen()));
    }
    return wire.build();
  }

  private static GossipRumor.Suspect suspect(String name, long incarnation, String by) {
    return GossipRumor.Suspect.newBuilder()
        .setName(name)
        .setIncarnation(incarnation)
        .setBy(by)
        .build();
  }

  private static GossipSeen wire(Seen seen) {
    return GossipSeen.newBuilder()
        .setAgent(seen.agent())
        .setPool(seen.pool())
        .setEndpoint(seen.endpoint())
        .setHealth(
            switch (seen.health()) {
              case UNKNOWN -> io.weir.v1.Health.HEALTH_UNKNOWN;
              case HEALTHY -> io.weir.v1.Health.HEALTH_HEALTHY;
              case UNHEALTHY -> io.weir.v1.Health.HEALTH_UNHEALTHY;
            })
        .setSequence(seen.sequence())
        .build();
  }

  /** Kinds that this version does not know are left out. */
  private static List<Rumor> fromWire(List<GossipRumor> rumors) {
    return rumors.stream().flatMap(r -> Stream.ofNullable(fromWire(r))).toList();
  }

  private static @Nullable Rumor fromWire(GossipRumor wire) {
    return switch (wire.getRumorCase()) {
      case ALIVE -> {
        GossipRumor.Alive r = wire.getAlive();
        yield new Rumor.Alive(r.getName(), r.getAddress(), r.getIncarnation());
      }
      case SUSPECT -> {
        GossipRumor.Suspect r = wire.getSuspect();
        yield new Rumor.Suspect(r.getName(), r.getIncarnation(), r.getBy());
      }
      case DEAD -> {
        GossipRumor.Suspect r = wire.getDead();
        yield new Rumor.Dead(r.getName(), r.getIncarnation(), r.getBy());
      }
      case LEFT -> new Rumor.Left(wire.getLeft().getName(), wire.getLeft().getIncarnation());
      case SEEN -> new Rumor.Observed(seen(wire.getSeen()));
      case RUMOR_NOT_SET -> null;
    };
  }

  private static Seen seen(GossipSeen wire) {
    return new Seen(
        wire.getAgent(),
        wire.getPool(),
        wire.getEndpoint(),
        switch (wire.getHealth()) {
          case HEALTH_HEALTHY -> Health.HEALTHY;
          case HEALTH_UNHEALTHY -> Health.UNHEALTHY;
          case HEALTH_UNSPECIFIED, HEALTH_UNKNOWN, UNRECOGNIZED -> Health.UNKNOWN;
        },
        wire.getSequence());
  }

  /** What an agent says of where it is, made concrete by where it is seen. */
  static Message located(Message message, String from, String address) {
    return switch (message) {
      case Message.Ping m ->
          new Message.Ping(m.number(), m.target(), at(m.rumors(), from, address));
      case Message.Ack m -> new Message.Ack(m.number(), at(m.rumors(), from, address));
      case Message.Nack m -> new Message.Nack(m.number(), at(m.rumors(), from, address));
      case Message.PingRequest m ->
          new Message.PingRequest(m.number(), m.target(), at(m.rumors(), from, address));
      case Message.Spread m -> new Message.Spread(at(m.rumors(), from, address));
      case Message.State m ->
          new Message.State(m.answer(), at(m.members(), from, address), m.seen());
    };
  }

  private static List<Rumor> at(List<Rumor> rumors, String from, String address) {
    return rumors.stream()
        .map(r ->
            r instanceof Rumor.Alive alive && alive.name().equals(from)
                ? new Rumor.Alive(from, address, alive.incarnation())
                : r)
        .toList();
  }
}
