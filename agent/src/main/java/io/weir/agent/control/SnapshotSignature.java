package io.weir.agent.control;

import com.google.protobuf.ByteString;
import io.weir.v1.Resource;
import io.weir.v1.Snapshot;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Whether a snapshot is the cluster's own, whoever it comes from, as fleet.proto says. Pure. */
public final class SnapshotSignature {
  private static final String ALGORITHM = "Ed25519";
  private static final int SCOPE_BYTES = 12;

  private SnapshotSignature() {}

  /** What stands for these labels in the snapshots of agents that have them. */
  public static String scope(Map<String, String> labels) {
    MessageDigest digest = sha256();
    new TreeMap<>(labels)
        .forEach((key, value) ->
            digest.update((key + '\0' + value + '\0').getBytes(StandardCharsets.UTF_8)));
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(Arrays.copyOf(digest.digest(), SCOPE_BYTES));
  }

  /**
   * Whether the holder of the private key has signed it.
   *
   * @param signer an X.509 SubjectPublicKeyInfo; nothing is valid by one that is none
   */
  public static boolean isValid(Snapshot snapshot, ByteString signer) {
    try {
      PublicKey key =
          KeyFactory.getInstance(ALGORITHM)
              .generatePublic(new X509EncodedKeySpec(signer.toByteArray()));
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initVerify(key);
      for (String part : List.of("weir.v1.Snapshot", snapshot.getEpoch())) {
        signature.update(part.getBytes(StandardCharsets.UTF_8));
        signature.update((byte) 0);
      }
      signature.update(ByteBuffer.allocate(Long.BYTES).putLong(snapshot.getRevision()).flip());
      Map<Replica.Key, Resource> sorted = new TreeMap<>();
      snapshot.getResourcesList().forEach(one -> sorted.put(Replica.Key.of(one), one));
      MessageDigest digest = sha256();
      for (Resource resource : sorted.values()) {
        signature.update(digest.digest(resource.toByteArray()));
      }
      return sorted.size() == snapshot.getResourcesCount()
          && signature.verify(snapshot.getSignature().toByteArray());
    } catch (GeneralSecurityException _) {
      return false;
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
