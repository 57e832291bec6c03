package io.weir.controller.provision;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs as in Standard Webhooks 1.0.0, with what is in a file now. Several secrets in it, one a
 * line, make several signatures: while receivers change from one to the next.
 */
record SigningSecret(Path file) {
  private static final String PREFIX = "whsec_";
  private static final int MOST_BYTES = 4096;
  private static final int LEAST_KEY = 24;
  private static final int MOST_KEY = 64;

  /**
   * The value of {@code webhook-signature}.
   *
   * @param seconds of the epoch
   */
  String signature(String id, long seconds, String body) throws ProvisionException {
    byte[] signed = (id + "." + seconds + "." + body).getBytes(StandardCharsets.UTF_8);
    List<String> signatures = new ArrayList<>();
    for (byte[] key : keys()) {
      try {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        signatures.add("v1," + Base64.getEncoder().encodeToString(mac.doFinal(signed)));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every JVM has HMAC-SHA256", e);
      }
    }
    return String.join(" ", signatures);
  }

  private List<byte[]> keys() throws ProvisionException {
    List<byte[]> keys = new ArrayList<>();
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw wrong();
      }
      for (String line : Files.readAllLines(file)) {
        if (!line.isBlank()) {
          keys.add(key(line.strip()));
        }
      }
    } catch (IOException e) {
      throw new ProvisionException("the secret in %s cannot be read".formatted(file), true, e);
    }
    if (keys.isEmpty()) {
      throw wrong();
    }
    return keys;
  }

  private byte[] key(String text) throws ProvisionException {
    if (!text.startsWith(PREFIX)) {
      throw wrong();
    }
    byte[] key;
    try {
      key = Base64.getDecoder().decode(text.substring(PREFIX.length()));
    } catch (IllegalArgumentException e) {
      throw wrong();
    }
    if (key.length < LEAST_KEY || key.length > MOST_KEY) {
      throw wrong();
    }
    return key;
  }

  private ProvisionException wrong() {
    return new ProvisionException(
        "%s is to have a secret of Standard Webhooks: whsec_ and %d to %d bytes in base64"
            .formatted(file, LEAST_KEY, MOST_KEY),
        false);
  }
}
