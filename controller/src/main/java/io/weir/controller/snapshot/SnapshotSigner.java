package io.weir.controller.snapshot;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.weir.v1.SnapshotKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Comparator;
import java.util.List;

/**
 * Signs what agents run, as {@code fleet.proto} describes it, so that one agent can give it to
 * another. Ed25519 (RFC 8032). For one thread at a time.
 */
public final class SnapshotSigner {
  private static final String ALGORITHM = "Ed25519";

  /** By the kind's label, not by the order in which this program knows kinds. */
  private static final Comparator<Piece> ORDER =
      Comparator.<Piece, String>comparing(piece -> piece.key().kind().label())
          .thenComparing(piece -> piece.key().name());

  private final PrivateKey key;
  private final ByteString publicKey;

  private SnapshotSigner(PrivateKey key, ByteString publicKey) {
    this.key = key;
    this.publicKey = publicKey;
  }

  /** A new pair. */
  public static SnapshotKey generate() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
      return SnapshotKey.newBuilder()
          .setPrivateKey(ByteString.copyFrom(pair.getPrivate().getEncoded()))
          .setPublicKey(ByteString.copyFrom(pair.getPublic().getEncoded()))
          .build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has Ed25519", e);
    }
  }

  /**
   * @throws GeneralSecurityException when it holds no such key
   */
  public static SnapshotSigner of(SnapshotKey key) throws GeneralSecurityException {
    return new SnapshotSigner(
        KeyFactory.getInstance(ALGORITHM)
            .generatePrivate(new PKCS8EncodedKeySpec(key.getPrivateKey().toByteArray())),
        key.getPublicKey());
  }

  /** As an X.509 SubjectPublicKeyInfo. */
  public ByteString publicKey() {
    return publicKey;
  }

  /**
   * @param made run for each resource whose bytes had to be made
   */
  public ByteString sign(String epoch, AgentSnapshot snapshot, Runnable made) {
    try {
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initSign(key);
      for (String part : List.of("weir.v1.Snapshot", epoch)) {
        signature.update(part.getBytes(StandardCharsets.UTF_8));
        signature.update((byte) 0);
      }
      signature.update(ByteBuffer.allocate(Long.BYTES).putLong(snapshot.revision()).flip());
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Piece piece : snapshot.content().pieces().values().stream().sorted(ORDER).toList()) {
        signature.update(piece.digest(digest, made));
      }
      return UnsafeByteOperations.unsafeWrap(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has Ed25519 and SHA-256", e);
    }
  }
}
