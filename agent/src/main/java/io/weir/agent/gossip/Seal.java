package io.weir.agent.gossip;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.v1.GossipMessage;
import io.weir.v1.GossipPacket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * Seals what this process sends and opens what it gets, as {@code gossip.proto} describes it.
 *
 * <p>A nonce is never used twice with a key: it is this process's 8 random bytes and a counter, and
 * before the counter is used up new bytes are drawn. No clock is looked at, as clocks may jump: a
 * packet is new when its number has not been seen from its sender's process. For one thread.
 */
final class Seal {
  private static final int VERSION = 1;
  private static final int NONCE = 12;
  private static final int TAG_BITS = 128;
  private static final long LAST = 0xFFFF_FFFFL;

  /** Processes whose numbers are remembered; the one heard of longest ago is forgotten. */
  private static final int SENDERS = 20_000;

  private final String self;
  private final int cluster;
  private final SecureRandom random;
  private final Cipher cipher;
  private final Map<Long, ReplayWindow> windows =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, ReplayWindow> eldest) {
          return size() > SENDERS;
        }
      };

  private Keys keys = Keys.none();
  private long process;
  private long number;

  /** What came of opening a packet. */
  sealed interface Opening {
    record Opened(GossipMessage message) implements Opening {}

    record Refused(Dropped why) implements Opening {}
  }

  Seal(String cluster, String self, SecureRandom random) {
    this.self = self;
    this.cluster = hash(cluster);
    this.random = random;
    this.process = random.nextLong();
    try {
      this.cipher = Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has AES/GCM", e);
    }
  }

  void keys(Keys now) {
    keys = now;
  }

  /** Without keys nothing may be sent. */
  boolean ready() {
    return !keys.isEmpty();
  }

  /**
   * @throws IllegalStateException when there is no key
   */
  byte[] seal(GossipMessage message) {
    if (number == LAST) {
      process = random.nextLong();
      number = 0;
    }
    number++;
    Map.Entry<Integer, SecretKey> key = keys.first();
    byte[] nonce = ByteBuffer.allocate(NONCE).putLong(process).putInt((int) number).array();
    try {
      byte[] sealed =
          run(Cipher.ENCRYPT_MODE, key.getKey(), key.getValue(), nonce, message.toByteArray());
      return GossipPacket.newBuilder()
          .setVersion(VERSION)
          .setCluster(cluster)
          .setKey(key.getKey())
          .setNonce(ByteString.copyFrom(nonce))
          .setSealed(ByteString.copyFrom(sealed))
          .build()
          .toByteArray();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot seal", e);
    }
  }

  Opening open(ByteBuffer bytes) {
    GossipPacket packet;
    try {
      packet = GossipPacket.parseFrom(bytes);
    } catch (InvalidProtocolBufferException _) {
      return new Opening.Refused(Dropped.MALFORMED);
    }
    if (packet.getVersion() != VERSION) {
      return new Opening.Refused(packet.getVersion() == 0 ? Dropped.MALFORMED : Dropped.VERSION);
    }
    if (packet.getCluster() != cluster) {
      return new Opening.Refused(Dropped.CLUSTER);
    }
    Optional<SecretKey> key = keys.byId(packet.getKey());
    if (key.isEmpty()) {
      return new Opening.Refused(Dropped.KEY);
    }
    if (packet.getNonce().size() != NONCE || packet.getSealed().size() < TAG_BITS / 8) {
      return new Opening.Refused(Dropped.MALFORMED);
    }
    byte[] plain;
    try {
      byte[] nonce = packet.getNonce().toByteArray();
      byte[] sealed = packet.getSealed().toByteArray();
      plain = run(Cipher.DECRYPT_MODE, packet.getKey(), key.get(), nonce, sealed);
    } catch (AEADBadTagException _) {
      return new Opening.Refused(Dropped.FORGED);
    } catch (GeneralSecurityException _) {
      return new Opening.Refused(Dropped.MALFORMED);
    }
    ByteBuffer nonce = packet.getNonce().asReadOnlyByteBuffer();
    long sender = nonce.getLong();
    // Only what is genuine moves a window.
    if (!windows
        .computeIfAbsent(sender, _ -> new ReplayWindow())
        .take(Integer.toUnsignedLong(nonce.getInt()))) {
      return new Opening.Refused(Dropped.REPLAYED);
    }
    try {
      GossipMessage message = GossipMessage.parseFrom(plain);
      return message.getTo().equals(self) && !message.getFrom().equals(self)
          ? new Opening.Opened(message)
          : new Opening.Refused(Dropped.MISDIRECTED);
    } catch (InvalidProtocolBufferException _) {
      return new Opening.Refused(Dropped.MALFORMED);
    }
  }

  private byte[] run(int mode, int id, SecretKey key, byte[] nonce, byte[] in)
      throws GeneralSecurityException {
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(ByteBuffer.allocate(12).putInt(VERSION).putInt(cluster).putInt(id).flip());
    return cipher.doFinal(in);
  }

  private static int hash(String cluster) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(cluster.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(digest).getInt();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
