package io.weir.controller.security;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

/** Reads the text form of certificates and keys (RFC 7468). */
final class PemFile {
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";
  private static final byte[] CHALLENGE = "weir".getBytes(StandardCharsets.US_ASCII);

  private PemFile() {}

  /** Changes whenever the file does; where it cannot be read, too. */
  static String stamp(Path file) {
    try {
      BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
      return a.lastModifiedTime() + " " + a.size() + " " + a.fileKey();
    } catch (IOException e) {
      return "away: " + e.getClass().getSimpleName();
    }
  }

  /** At least one. */
  static X509Certificate[] certificates(Path file) throws CredentialsException {
    byte[] text = read(file);
    try {
      X509Certificate[] all =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(text))
              .toArray(X509Certificate[]::new);
      if (all.length > 0) {
        return all;
      }
    } catch (GeneralSecurityException e) {
      throw new CredentialsException("%s is no PEM certificate".formatted(file), e);
    }
    throw new CredentialsException("%s holds no PEM certificate".formatted(file), null);
  }

  /**
   * @param certificate that it has to be the key of
   */
  static PrivateKey key(Path file, X509Certificate certificate) throws CredentialsException {
    String text = new String(read(file), StandardCharsets.ISO_8859_1);
    int from = text.indexOf(BEGIN);
    int to = text.indexOf(END);
    if (from < 0 || to < from) {
      throw new CredentialsException(
          "%s holds no unencrypted key in PKCS#8; make one with openssl pkcs8 -topk8 -nocrypt -in %s"
              .formatted(file, file),
          null);
    }
    PublicKey open = certificate.getPublicKey();
    try {
      byte[] der = Base64.getMimeDecoder().decode(text.substring(from + BEGIN.length(), to));
      PrivateKey key =
          KeyFactory.getInstance(open.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(der));
      if (belong(key, open)) {
        return key;
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new CredentialsException("%s is no key of its certificate".formatted(file), e);
    }
    throw new CredentialsException("%s is the key of another certificate".formatted(file), null);
  }

  private static boolean belong(PrivateKey key, PublicKey open) throws GeneralSecurityException {
    String algorithm =
        switch (open.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          default -> open.getAlgorithm();
        };
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(key);
    signature.update(CHALLENGE);
    byte[] signed = signature.sign();
    signature.initVerify(open);
    signature.update(CHALLENGE);
    return signature.verify(signed);
  }

  private static byte[] read(Path file) throws CredentialsException {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new CredentialsException("%s is not there".formatted(file), e);
    } catch (AccessDeniedException e) {
      throw new CredentialsException("this user may not read %s".formatted(file), e);
    } catch (IOException e) {
      throw new CredentialsException("%s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }
}
