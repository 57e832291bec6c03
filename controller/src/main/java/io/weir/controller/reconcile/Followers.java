package io.weir.controller.reconcile;

import io.weir.v1.AgentGone;
import io.weir.v1.AgentHere;
import io.weir.v1.ControllerMessage;
import io.weir.v1.Dismissal;
import io.weir.v1.FollowerHello;
import io.weir.v1.FollowerMessage;
import io.weir.v1.FromAgent;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The controllers that follow this one while it leads, and the agents that are connected to them.
 * Confined to the loop's thread.
 */
final class Followers {
  private static final Logger log = LoggerFactory.getLogger(Followers.class);

  private final Fleet fleet;
  private final Map<FollowerChannel, Link> links = new LinkedHashMap<>();

  private static final class Link {
    final FollowerHello hello;
    final Map<String, Remote> agents = new HashMap<>();

    /** Processes whose streams the follower has been told to close, by name. */
    final Map<String, String> dismissed = new HashMap<>();

    long revision;

    Link(FollowerHello hello) {
      this.hello = hello;
    }
  }

  Followers(Fleet fleet) {
    this.fleet = fleet;
  }

  /** An older link of the same controller is over. */
  void opened(FollowerHello hello, FollowerChannel channel) {
    List<FollowerChannel> older =
        links.entrySet().stream()
            .filter(link -> link.getValue().hello.getController().equals(hello.getController()))
            .map(Map.Entry::getKey)
            .toList();
    for (FollowerChannel one : older) {
      closed(one);
      one.close("the controller opened a newer stream");
    }
    links.put(channel, new Link(hello));
    log.atInfo()
        .addKeyValue("controller", hello.getAddress())
        .addKeyValue("version", hello.getVersion())
        .log("a controller follows");
  }

  /** Returns false for what breaks the contract. */
  boolean receive(FollowerChannel channel, FollowerMessage message) {
    Link link = links.get(channel);
    if (link == null) {
      return true;
    }
    switch (message.getMessageCase()) {
      case HERE -> here(link, channel, message.getHere());
      case GONE -> gone(link, message.getGone());
      case FROM -> from(link, message.getFrom());
      case STANDING -> {
        link.revision = message.getStanding().getRevision();
        fleet.seenElsewhere();
      }
      case HELLO -> {
        return false;
      }
      // A newer controller may say more.
      case MESSAGE_NOT_SET -> {}
    }
    return true;
  }

  private void here(Link link, FollowerChannel channel, AgentHere here) {
    String name = here.getAgent().getMetadata().getName();
    String instance = here.getAgent().getAgent().getStatus().getInstance();
    if (instance.equals(link.dismissed.get(name))) {
      return;
    }
    link.dismissed.remove(name);
    Remote before = link.agents.get(name);
    AgentChannel way =
        before != null && before.instance().equals(instance)
            ? before.channel()
            : new Way(link, channel, name, instance);
    if (before != null && !before.channel().equals(way)) {
      fleet.gone(before);
    }
    Remote remote = new Remote(here, link.hello.getAddress(), way, () -> link.revision);
    link.agents.put(name, remote);
    fleet.here(remote);
  }

  private void gone(Link link, AgentGone gone) {
    if (gone.getInstance().equals(link.dismissed.get(gone.getAgent()))) {
      link.dismissed.remove(gone.getAgent());
    }
    Remote remote = link.agents.get(gone.getAgent());
    if (remote != null && remote.instance().equals(gone.getInstance())) {
      link.agents.remove(gone.getAgent());
      fleet.gone(remote);
    }
  }

  private void from(Link link, FromAgent from) {
    Optional.ofNullable(link.agents.get(from.getAgent()))
        .ifPresent(remote -> fleet.receive(remote, from.getMessage()));
  }

  /** Its agents are not connected any more, as far as this controller knows. */
  boolean closed(FollowerChannel channel) {
    Link link = links.remove(channel);
    if (link == null) {
      return false;
    }
    log.atWarn()
        .addKeyValue("controller", link.hello.getAddress())
        .addKeyValue("agents", link.agents.size())
        .log("a controller follows no more");
    List.copyOf(link.agents.values()).forEach(fleet::gone);
    return true;
  }

  /** This controller does not lead any more. */
  void dismiss(String sentence) {
    for (FollowerChannel channel : List.copyOf(links.keySet())) {
      Link link = links.remove(channel);
      if (link != null) {
        List.copyOf(link.agents.values()).forEach(fleet::gone);
      }
      channel.close(sentence);
    }
  }

  /** By id. */
  Map<String, Peers.Standing> standings() {
    Map<String, Peers.Standing> standings = new HashMap<>();
    links
        .values()
        .forEach(link ->
            standings.put(
                link.hello.getController(), new Peers.Standing(link.agents.size(), link.revision)));
    return standings;
  }

  /** To one agent by way of its controller. */
  private static final class Way implements AgentChannel {
    private final Link link;
    private final FollowerChannel follower;
    private final String name;
    private final String instance;

    Way(Link link, FollowerChannel follower, String name, String instance) {
      this.link = link;
      this.follower = follower;
      this.name = name;
      this.instance = instance;
    }

    @Override
    public void send(ControllerMessage message) {
      follower.tell(name, message);
    }

    @Override
    public void send(Encoded configuration) {
      throw new IllegalStateException("configuration is for the follower to send");
    }

    @Override
    public void close(Refusal refusal, String sentence) {
      link.dismissed.put(name, instance);
      link.agents.remove(name);
      follower.dismiss(
          Dismissal.newBuilder()
              .setAgent(name)
              .setInstance(instance)
              .setCode(refusal.code().getNumber())
              .setSentence(sentence)
              .build());
    }
  }
}
