package io.weir.agent.security;

import io.grpc.util.AdvancedTlsX509TrustManager.SslSocketAndEnginePeerVerifier;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.SSLEngine;

/**
 * A server that an agent dials has to be a controller, not whoever of the cluster has a certificate
 * for that host. Besides what is checked of any certificate.
 */
final class Servers implements SslSocketAndEnginePeerVerifier {
  /** RFC 5280 section 4.2.1.6: uniformResourceIdentifier. */
  private static final int URI = 6;

  private static final Pattern CONTROLLER = Pattern.compile("weir://[^/]+/controller/[^/]+");

  @Override
  public void verifyPeerCertificate(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    requireController(chain[0]);
  }

  @Override
  public void verifyPeerCertificate(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    if (engine.getUseClientMode()) {
      requireController(chain[0]);
    }
  }

  private static void requireController(X509Certificate certificate) throws CertificateException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    if (names == null
        || names.stream()
            .noneMatch(name ->
                name.getFirst().equals(URI)
                    && CONTROLLER.matcher(String.valueOf(name.get(1))).matches())) {
      throw new CertificateException("the server's certificate is not that of a controller");
    }
  }
}
