package io.weir.agent.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.weir.v1.Gossip;
import io.weir.v1.GossipMessage;
import io.weir.v1.GossipPacket;
import io.weir.v1.GossipPing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SealTest {
  private static final GossipMessage MESSAGE =
      GossipMessage.newBuilder()
          .setFrom("a")
          .setTo("b")
          .setPing(GossipPing.newBuilder().setNumber(7))
          .build();

  private final Seal a = seal("blue", "a", key(1));
  private final Seal b = seal("blue", "b", key(1));

  @Test
  void opensWhatAnotherHasSealedOnceAndDoesNotShowIt() {
    byte[] packet = a.seal(MESSAGE);
    assertThat(open(b, packet)).isEqualTo(new Seal.Opening.Opened(MESSAGE));
    assertThat(refused(b, packet)).isEqualTo(Dropped.REPLAYED);
    assertThat(new String(packet, StandardCharsets.ISO_8859_1)).doesNotContain("from");
    assertThat(a.seal(MESSAGE)).isNotEqualTo(packet);
  }

  @Test
  void everyChangedBitIsNoticed() {
    byte[] packet = a.seal(MESSAGE);
    for (int bit = 0; bit < packet.length * 8; bit++) {
      byte[] changed = packet.clone();
      changed[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(open(b, changed)).as("bit %d", bit).isInstanceOf(Seal.Opening.Refused.class);
    }
    // None of these has used its number up.
    assertThat(open(b, packet)).isInstanceOf(Seal.Opening.Opened.class);
  }

  @Test
  void saysWhyItDoesNotOpenAPacket() throws Exception {
    assertThat(refused(b, seal("green", "a", key(1)).seal(MESSAGE))).isEqualTo(Dropped.CLUSTER);
    assertThat(refused(b, seal("blue", "a", key(2)).seal(MESSAGE))).isEqualTo(Dropped.KEY);
    Seal liar = seal("blue", "a", key(2).toBuilder().setId(1).build());
    assertThat(refused(b, liar.seal(MESSAGE))).isEqualTo(Dropped.FORGED);
    assertThat(refused(b, a.seal(MESSAGE.toBuilder().setTo("c").build())))
        .isEqualTo(Dropped.MISDIRECTED);
    assertThat(refused(b, "GET / HTTP/1.1".getBytes(StandardCharsets.US_ASCII)))
        .isEqualTo(Dropped.MALFORMED);
    GossipPacket packet = GossipPacket.parseFrom(a.seal(MESSAGE));
    assertThat(refused(b, packet.toBuilder().setVersion(2).build().toByteArray()))
        .isEqualTo(Dropped.VERSION);
  }

  @Test
  void theFirstKeySealsAndEachOpens() {
    b.keys(Keys.of(List.of(key(2), key(1))));
    assertThat(open(b, a.seal(MESSAGE))).isInstanceOf(Seal.Opening.Opened.class);
    a.keys(Keys.of(List.of(key(2))));
    GossipMessage back = MESSAGE.toBuilder().setFrom("b").setTo("a").build();
    assertThat(open(a, b.seal(back))).isInstanceOf(Seal.Opening.Opened.class);
  }

  @Test
  void keysAreNotPrinted() {
    assertThat(Keys.of(List.of(key(1)))).hasToString("keys [1]");
    assertThat(Keys.of(List.of(Gossip.Key.newBuilder().setId(1).build())).isEmpty()).isTrue();
  }

  static Gossip.Key key(int id) {
    byte[] bytes = new byte[32];
    bytes[5] = (byte) id;
    return Gossip.Key.newBuilder().setId(id).setKey(ByteString.copyFrom(bytes)).build();
  }

  private static Seal seal(String cluster, String self, Gossip.Key key) {
    Seal seal = new Seal(cluster, self, new SecureRandom());
    seal.keys(Keys.of(List.of(key)));
    return seal;
  }

  private static Seal.Opening open(Seal by, byte[] packet) {
    return by.open(ByteBuffer.wrap(packet));
  }

  private static Dropped refused(Seal by, byte[] packet) {
    return ((Seal.Opening.Refused) open(by, packet)).why();
  }
}
