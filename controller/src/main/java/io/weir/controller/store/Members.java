package io.weir.controller.store;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import io.weir.controller.store.Leadership.Leader;
import io.weir.controller.store.Leadership.Member;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Write;
import io.weir.v1.ControllerStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The controllers of a cluster in its store: {@code controllers/<id>} for each that is there,
 * {@code meta/leader} for the one that leads, both bound to its lease.
 */
public final class Members {
  static final String LEADER = "meta/leader";
  static final String META = "meta/";
  static final String CONTROLLERS = "controllers/";

  private Members() {}

  /** Whether any of these concerns who leads or who is there. */
  public static boolean concerns(List<Write> writes) {
    for (Write write : writes) {
      if (write.key().startsWith(META) || write.key().startsWith(CONTROLLERS)) {
        return true;
      }
    }
    return false;
  }

  /** All that are there, by id. Blocks. */
  public static List<Member> all(Store store) {
    List<Member> members = new ArrayList<>();
    for (Entry entry : store.list(CONTROLLERS).entries()) {
      members.add(member(entry));
    }
    return List.copyOf(members);
  }

  /** The one that leads, or that is still waited for. Blocks. */
  public static Optional<Leader> leader(Store store) {
    return leader(store.list(META).entries());
  }

  /**
   * The one whose key is there.
   *
   * @param meta all entries below {@link #META}
   */
  static Optional<Leader> leader(List<Entry> meta) {
    return meta.stream()
        .filter(entry -> entry.key().equals(LEADER))
        .findFirst()
        .map(entry -> new Leader(member(entry), Terms.in(meta)));
  }

  static ByteString bytes(Member member) {
    return ControllerStatus.newBuilder()
        .setId(member.id())
        .setAddress(member.address())
        .setVersion(member.version())
        .setSince(started(member))
        .build()
        .toByteString();
  }

  public static Timestamp started(Member member) {
    Instant at = member.started();
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }

  private static Member member(Entry entry) {
    try {
      ControllerStatus status = ControllerStatus.parseFrom(entry.value());
      return new Member(
          status.getId(),
          status.getAddress(),
          status.getVersion(),
          Instant.ofEpochSecond(status.getSince().getSeconds(), status.getSince().getNanos()));
    } catch (InvalidProtocolBufferException e) {
      throw new StoreException(
          "the store's key %s cannot be read; restore the store from a backup"
              .formatted(entry.key()),
          e);
    }
  }
}
