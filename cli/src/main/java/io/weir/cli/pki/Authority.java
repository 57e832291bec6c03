package io.weir.cli.pki;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Signs the certificates of one cluster, whose name is its certificate's organization. Keys are on
 * the curve P-256 (FIPS 186-5), certificates are of RFC 5280.
 */
public final class Authority {
  static final String CERTIFICATE = "ca.pem";
  static final String KEY = "ca.key";

  /** Clocks differ. */
  private static final Duration EARLIER = Duration.ofMinutes(5);

  private static final int SERIAL_BITS = 127;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final X509Certificate certificate;
  private final PrivateKey key;
  private final String cluster;

  private Authority(X509Certificate certificate, PrivateKey key, String cluster) {
    this.certificate = certificate;
    this.key = key;
    this.cluster = cluster;
  }

  /**
   * A certificate with those that lead to its authority, and its key.
   *
   * @param certificate PEM
   * @param key PEM of PKCS#8, not encrypted
   */
  public record Issued(String certificate, String key) {
    /** Keeps the key out of logs. */
    @Override
    public String toString() {
      return "Issued[…]";
    }
  }

  /** A new one, not yet on disk. */
  public static Authority create(String cluster, Instant now, Duration validity) {
    try {
      KeyPair pair = keys();
      X500Name name =
          new X500NameBuilder()
              .addRDN(BCStyle.O, cluster)
              .addRDN(BCStyle.CN, "Weir development authority")
              .build();
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name,
              serial(),
              Date.from(now.minus(EARLIER)),
              Date.from(now.plus(validity)),
              name,
              pair.getPublic());
      var extensions = new JcaX509ExtensionUtils();
      builder
          .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
          .addExtension(
              Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
          .addExtension(
              Extension.subjectKeyIdentifier,
              false,
              extensions.createSubjectKeyIdentifier(pair.getPublic()));
      return new Authority(signed(builder, pair.getPrivate()), pair.getPrivate(), cluster);
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException("this JVM makes no certificates", e);
    }
  }

  /**
   * The one in {@code dir}.
   *
   * @throws PkiException naming the file and what is wrong with it
   */
  public static Authority read(Path dir) {
    Path file = dir.resolve(CERTIFICATE);
    try {
      X509Certificate certificate = Pem.certificates(text(file)).getFirst();
      Path keyFile = dir.resolve(KEY);
      PrivateKey key;
      try {
        key = Pem.ecKey(text(keyFile));
      } catch (GeneralSecurityException e) {
        throw new PkiException(
            "%s is not the key of an authority: %s".formatted(keyFile, e.getMessage()), e);
      }
      String cluster =
          organization(certificate)
              .filter(Holder::isCluster)
              .orElseThrow(() ->
                  new PkiException(file + " names no cluster; it was not made by weir pki init"));
      return new Authority(certificate, key, cluster);
    } catch (GeneralSecurityException e) {
      throw new PkiException("%s is no certificate: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new PkiException(
          "%s is not there; make an authority with weir pki init --dir %s --cluster NAME"
              .formatted(file, file.toAbsolutePath().getParent()),
          e);
    } catch (IOException e) {
      throw new PkiException("%s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static Optional<String> organization(X509Certificate certificate) {
    X500Name name = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    var values = name.getRDNs(BCStyle.O);
    return values.length == 1
        ? Optional.of(values[0].getFirst().getValue().toString())
        : Optional.empty();
  }

  public String cluster() {
    return cluster;
  }

  public X509Certificate certificate() {
    return certificate;
  }

  /** PEM of the certificate alone: what others trust. */
  public String trust() {
    try {
      return Pem.certificate(certificate);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** PEM of the key: a secret. */
  String secret() {
    return Pem.key(key);
  }

  /**
   * A certificate for {@code role} {@code name} of this cluster, with a new key.
   *
   * @param hosts addresses and names that others reach it by
   * @param until not after the authority's own end
   */
  public Issued issue(Role role, String name, List<String> hosts, Instant now, Instant until) {
    return issue(new Holder(cluster, role, name), hosts, now.minus(EARLIER), until);
  }

  /** As it is told: any cluster, any time. */
  public Issued issue(Holder holder, List<String> hosts, Instant from, Instant until) {
    try {
      KeyPair pair = keys();
      X500Name subject =
          new X500NameBuilder()
              .addRDN(BCStyle.O, holder.cluster())
              .addRDN(BCStyle.OU, holder.role().label())
              .addRDN(BCStyle.CN, holder.name())
              .build();
      X500Principal issuer = certificate.getSubjectX500Principal();
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              X500Name.getInstance(issuer.getEncoded()),
              serial(),
              Date.from(from),
              Date.from(until),
              subject,
              pair.getPublic());
      extend(builder, holder, hosts, pair.getPublic());
      return new Issued(Pem.certificate(signed(builder, key)), Pem.key(pair.getPrivate()));
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException("this JVM makes no certificates", e);
    }
  }

  private void extend(
      X509v3CertificateBuilder builder, Holder holder, List<String> hosts, PublicKey subject)
      throws GeneralSecurityException, IOException {
    var extensions = new JcaX509ExtensionUtils();
    KeyPurposeId[] purposes =
        holder.role().serves() || (holder.role() == Role.AGENT && !hosts.isEmpty())
            ? new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}
            : new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth};
    List<GeneralName> names = new ArrayList<>();
    names.add(new GeneralName(GeneralName.uniformResourceIdentifier, holder.uri()));
    for (String host : hosts) {
      names.add(
          new GeneralName(
              Hosts.isAddress(host) ? GeneralName.iPAddress : GeneralName.dNSName, host));
    }
    builder
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
        .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
        .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes))
        .addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(names.toArray(GeneralName[]::new)))
        .addExtension(
            Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(subject))
        .addExtension(
            Extension.authorityKeyIdentifier,
            false,
            extensions.createAuthorityKeyIdentifier(certificate));
  }

  private static X509Certificate signed(X509v3CertificateBuilder builder, PrivateKey by)
      throws OperatorCreationException, GeneralSecurityException {
    return new JcaX509CertificateConverter()
        .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(by)));
  }

  private static KeyPair keys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
    return generator.generateKeyPair();
  }

  private static BigInteger serial() {
    return new BigInteger(SERIAL_BITS, RANDOM).setBit(SERIAL_BITS - 1);
  }
}
