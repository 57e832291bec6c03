package io.weir.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.weir.v1.Endpoint;
import io.weir.v1.Listener;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.Snapshot;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SnapshotSignatureTest {
  private static final Resource POOL =
      Resource.newBuilder()
          .setMetadata(Metadata.newBuilder().setName("web"))
          .setPool(
              Pool.newBuilder()
                  .setSpec(
                      PoolSpec.newBuilder()
                          .addEndpoints(Endpoint.newBuilder().setAddress("10.0.0.1:80"))))
          .build();
  private static final Resource LISTENER =
      Resource.newBuilder()
          .setMetadata(Metadata.newBuilder().setName("web"))
          .setListener(Listener.getDefaultInstance())
          .build();

  private final KeyPair pair = pair();
  private final ByteString signer = ByteString.copyFrom(pair.getPublic().getEncoded());

  private static KeyPair pair() {
    try {
      return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** As fleet.proto says, by hand. */
  private Snapshot signed() throws GeneralSecurityException {
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(pair.getPrivate());
    signature.update("weir.v1.Snapshot\0epoch\0".getBytes(StandardCharsets.UTF_8));
    signature.update(ByteBuffer.allocate(8).putLong(7).array());
    for (Resource resource : List.of(LISTENER, POOL)) {
      signature.update(MessageDigest.getInstance("SHA-256").digest(resource.toByteArray()));
    }
    return Snapshot.newBuilder()
        .setEpoch("epoch")
        .setRevision(7)
        .setScope("scope")
        .addResources(POOL)
        .addResources(LISTENER)
        .setSignature(ByteString.copyFrom(signature.sign()))
        .build();
  }

  @Test
  void whatTheClusterSignedIsValidInWhateverOrderItComes() throws Exception {
    assertThat(SnapshotSignature.isValid(signed(), signer)).isTrue();
  }

  @Test
  void whatWasChangedIsNot() throws Exception {
    Snapshot snapshot = signed();
    for (Snapshot forged :
        List.of(
            snapshot.toBuilder().setRevision(8).build(),
            snapshot.toBuilder().setEpoch("other").build(),
            snapshot.toBuilder().removeResources(0).build(),
            snapshot.toBuilder().addResources(POOL).build(),
            snapshot.toBuilder().clearSignature().build(),
            snapshot.toBuilder()
                .setResources(
                    0,
                    POOL.toBuilder()
                        .setPool(
                            Pool.newBuilder()
                                .setSpec(
                                    PoolSpec.newBuilder()
                                        .addEndpoints(
                                            Endpoint.newBuilder().setAddress("10.6.6.6:80")))))
                .build())) {
      assertThat(SnapshotSignature.isValid(forged, signer)).as("%s", forged).isFalse();
    }
  }

  @Test
  void anotherClustersSignatureOrNoKeyAtAllIsNot() throws Exception {
    ByteString other = ByteString.copyFrom(pair().getPublic().getEncoded());
    assertThat(SnapshotSignature.isValid(signed(), other)).isFalse();
    assertThat(SnapshotSignature.isValid(signed(), ByteString.EMPTY)).isFalse();
    assertThat(SnapshotSignature.isValid(signed(), ByteString.copyFromUtf8("no key"))).isFalse();
  }

  @Test
  void aScopeStandsForLabelsInWhateverOrder() {
    assertThat(SnapshotSignature.scope(Map.of("zone", "a", "tier", "front")))
        .isEqualTo(SnapshotSignature.scope(Map.of("tier", "front", "zone", "a")))
        .isNotEqualTo(SnapshotSignature.scope(Map.of("zone", "a")))
        .hasSize(16);
  }
}
