package io.weir.controller.security;

import io.grpc.util.AdvancedTlsX509TrustManager.SslSocketAndEnginePeerVerifier;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;

/**
 * A server that a controller dials has to be a controller of its cluster, not whoever has a
 * certificate for that host. Besides what is checked of any certificate; who dials this one is told
 * apart call by call.
 */
final class Leaders implements SslSocketAndEnginePeerVerifier {
  private final String cluster;

  Leaders(String cluster) {
    this.cluster = cluster;
  }

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

  private void requireController(X509Certificate certificate) throws CertificateException {
    var wrong = Guard.notController(certificate, cluster);
    if (wrong.isPresent()) {
      throw new CertificateException("the server is no controller: " + wrong.get());
    }
  }
}
