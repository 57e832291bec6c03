package io.weir.cli.admin;

import io.weir.cli.pki.Holder;
import io.weir.cli.pki.Role;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Takes a server for a controller only if its certificate says so: an agent's may be for the same
 * host. Besides what is checked of any certificate, its host among that.
 */
final class ControllersOnly extends X509ExtendedTrustManager {
  /** What {@link Failures} knows a refusal by. */
  static final String REFUSAL = "not of a controller";

  /** RFC 5280 section 4.2.1.6: uniformResourceIdentifier. */
  private static final int URI = 6;

  private final X509ExtendedTrustManager any;

  private ControllersOnly(X509ExtendedTrustManager any) {
    this.any = any;
  }

  /**
   * @param authority PEM
   * @throws GeneralSecurityException when there is no certificate in it
   */
  static ControllersOnly of(Path authority) throws GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (var in = Files.newInputStream(authority)) {
      for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry(Integer.toString(trusted.size()), certificate);
      }
    }
    if (trusted.size() == 0) {
      throw new CertificateException("no certificate");
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager any) {
        return new ControllersOnly(any);
      }
    }
    throw new GeneralSecurityException("this JVM checks no certificates");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    any.checkServerTrusted(chain, type, engine);
    requireController(chain[0]);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    any.checkServerTrusted(chain, type, socket);
    requireController(chain[0]);
  }

  /** Without a connection the host cannot be checked. */
  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("there is no connection to check the host of");
  }

  private static void requireController(X509Certificate certificate) throws CertificateException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    List<String> uris =
        names == null
            ? List.of()
            : names.stream()
                .filter(name -> name.getFirst().equals(URI))
                .map(name -> String.valueOf(name.get(1)))
                .toList();
    Optional<Holder> holder = uris.size() == 1 ? Holder.parse(uris.getFirst()) : Optional.empty();
    if (holder.isEmpty() || holder.get().role() != Role.CONTROLLER) {
      throw new CertificateException(
          holder
              .map(other ->
                  "its certificate is that of %s/%s, %s"
                      .formatted(other.role().label(), other.name(), REFUSAL))
              .orElse("its certificate names nobody of Weir, so it is " + REFUSAL));
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("this is no server");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    throw new CertificateException("this is no server");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("this is no server");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return any.getAcceptedIssuers();
  }
}
