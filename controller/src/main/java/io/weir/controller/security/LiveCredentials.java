package io.weir.controller.security;

import io.grpc.netty.GrpcSslContexts;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What TLS goes by, out of files that are looked at every second. A certificate and its key are
 * taken together, once they fit; until then, and when they never do, what was there goes on. New
 * handshakes use what is there, connections stay as they are.
 */
public final class LiveCredentials implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LiveCredentials.class);
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** A resumed session is not checked against the authority again, so there are next to none. */
  private static final int SESSION_SECONDS = 1;

  private final TlsFiles files;
  private final AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
  private final AdvancedTlsX509TrustManager trust;
  private final ScheduledExecutorService watching =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("weir-credentials").daemon().factory());

  // On the watching thread, once opened.
  private String ownStamp = "";
  private String trustStamp = "";
  private String trouble = "";
  private volatile X509Certificate own;

  private LiveCredentials(TlsFiles files, String cluster) throws CredentialsException {
    this.files = files;
    try {
      this.trust =
          AdvancedTlsX509TrustManager.newBuilder()
              .setVerification(Verification.CERTIFICATE_AND_HOST_NAME_VERIFICATION)
              .setSslSocketAndEnginePeerVerifier(new Leaders(cluster))
              .build();
    } catch (GeneralSecurityException e) {
      throw new CredentialsException("this JVM has no TLS", e);
    }
    trustStamp = PemFile.stamp(files.authority());
    takeTrust();
    ownStamp = ownStamp();
    this.own = takeOwn();
  }

  /**
   * @param cluster whose controllers servers have to be
   * @throws CredentialsException unless all there is can be used now
   */
  public static LiveCredentials open(TlsFiles files, String cluster) throws CredentialsException {
    LiveCredentials credentials = new LiveCredentials(files, cluster);
    var _ =
        credentials.watching.scheduleWithFixedDelay(
            credentials::look, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
    return credentials;
  }

  /** The certificate that is shown now. */
  public X509Certificate own() {
    return own;
  }

  /** For a server that asks everybody for a certificate. */
  public SslContext server() {
    return built(
        SslContextBuilder.forServer(keys)
            .clientAuth(ClientAuth.REQUIRE)
            .sessionTimeout(SESSION_SECONDS));
  }

  /** For a client that shows its certificate; the server's has to be for the address dialled. */
  public SslContext client() {
    return built(SslContextBuilder.forClient().keyManager(keys));
  }

  /**
   * For a server of HTTP/1.1 that asks for certificates of another authority; that file is read
   * once.
   *
   * @throws CredentialsException if nobody can be trusted by it
   */
  public SslContext serverFor(Path others) throws CredentialsException {
    try {
      return SslContextBuilder.forServer(keys)
          .sslProvider(SslProvider.JDK)
          .trustManager(PemFile.certificates(others))
          .clientAuth(ClientAuth.REQUIRE)
          .sessionTimeout(SESSION_SECONDS)
          .protocols("TLSv1.3", "TLSv1.2")
          .build();
    } catch (SSLException e) {
      throw new CredentialsException(others + " cannot be trusted", e);
    }
  }

  /** For a server of HTTP/1.1 that asks for no certificate. */
  public SslContext serverForAll() {
    try {
      return SslContextBuilder.forServer(keys)
          .sslProvider(SslProvider.JDK)
          .protocols("TLSv1.3", "TLSv1.2")
          .build();
    } catch (SSLException e) {
      throw new IllegalStateException("this JVM has no TLS", e);
    }
  }

  private SslContext built(SslContextBuilder builder) {
    try {
      return GrpcSslContexts.configure(builder, SslProvider.JDK)
          .trustManager(trust)
          .protocols("TLSv1.3", "TLSv1.2")
          .build();
    } catch (SSLException e) {
      throw new IllegalStateException("this JVM has no TLS", e);
    }
  }

  private String ownStamp() {
    return PemFile.stamp(files.certificate()) + PemFile.stamp(files.key());
  }

  /** Now, not only in a second. Any thread; returns once it is done. */
  public void lookNow() {
    try {
      watching.submit(this::look).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private void look() {
    String sentence = take(this::lookAtAuthority) + take(this::lookAtOwn);
    if (!sentence.isEmpty() && !sentence.equals(trouble)) {
      log.atError()
          .addKeyValue("reason", sentence.strip())
          .log("a certificate that was replaced cannot be used; going on with the one before");
    }
    // What cannot be used is asked for again in a second: it may be half written.
    trouble = sentence;
  }

  private interface Taking {
    void take() throws CredentialsException;
  }

  private static String take(Taking taking) {
    try {
      taking.take();
      return "";
    } catch (CredentialsException e) {
      return e.getMessage() + " ";
    } catch (RuntimeException e) {
      return "a bug: " + e + " ";
    }
  }

  private void lookAtAuthority() throws CredentialsException {
    String stamp = PemFile.stamp(files.authority());
    if (!stamp.equals(trustStamp)) {
      takeTrust();
      trustStamp = stamp;
      log.atInfo().addKeyValue("file", files.authority()).log("trusting other authorities");
    }
  }

  private void lookAtOwn() throws CredentialsException {
    String stamp = ownStamp();
    if (!stamp.equals(ownStamp)) {
      own = takeOwn();
      ownStamp = stamp;
      log.atInfo()
          .addKeyValue("file", files.certificate())
          .addKeyValue("until", own.getNotAfter().toInstant())
          .log("showing another certificate");
    }
  }

  private void takeTrust() throws CredentialsException {
    try {
      trust.updateTrustCredentials(PemFile.certificates(files.authority()));
    } catch (IOException | GeneralSecurityException e) {
      throw new CredentialsException(files.authority() + " cannot be trusted", e);
    }
  }

  private X509Certificate takeOwn() throws CredentialsException {
    X509Certificate[] chain = PemFile.certificates(files.certificate());
    PrivateKey key = PemFile.key(files.key(), chain[0]);
    keys.updateIdentityCredentials(chain, key);
    return chain[0];
  }

  @Override
  public void close() {
    watching.shutdownNow();
  }
}
