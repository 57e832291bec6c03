package io.weir.cli.admin;

import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.net.ssl.SSLException;

/**
 * Who this person is to a controller, and which controllers to believe: PEM files.
 *
 * @param certificate and those between it and the authority
 * @param key in PKCS#8, not encrypted
 * @param authority what the controllers' certificates are signed by
 */
public record TlsFiles(Path certificate, Path key, Path authority) {
  /**
   * Empty when none is given.
   *
   * @throws CtlException when some are, but not all
   */
  public static Optional<TlsFiles> of(String certificate, String key, String authority) {
    if (certificate.isEmpty() && key.isEmpty() && authority.isEmpty()) {
      return Optional.empty();
    }
    if (certificate.isEmpty() || key.isEmpty() || authority.isEmpty()) {
      throw CtlException.error(
          "--tls-cert, --tls-key and --tls-ca (WEIR_TLS_CERT, WEIR_TLS_KEY, WEIR_TLS_CA) are of use"
              + " together only");
    }
    try {
      return Optional.of(new TlsFiles(Path.of(certificate), Path.of(key), Path.of(authority)));
    } catch (InvalidPathException e) {
      throw CtlException.error("no such file: " + e.getMessage());
    }
  }

  /**
   * @throws CtlException naming the file and what is wrong with it
   */
  SslContext context() {
    read("--tls-cert", certificate);
    read("--tls-key", key);
    read("--tls-ca", authority);
    SslContextBuilder builder;
    try {
      // The JDK's own: loading a native library takes longer than one handshake saves.
      builder = GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK);
      builder.protocols("TLSv1.3", "TLSv1.2");
    } catch (RuntimeException e) {
      throw CtlException.error("this JVM has no TLS: " + e.getMessage());
    }
    try {
      builder.keyManager(certificate.toFile(), key.toFile());
    } catch (IllegalArgumentException e) {
      throw CtlException.error(
          "--tls-cert %s and --tls-key %s are no PEM certificate and its unencrypted key in PKCS#8"
              .formatted(certificate, key));
    }
    try {
      builder.trustManager(ControllersOnly.of(authority));
    } catch (GeneralSecurityException | IOException e) {
      throw CtlException.error("--tls-ca %s holds no PEM certificate".formatted(authority));
    }
    try {
      return builder.build();
    } catch (SSLException e) {
      throw CtlException.error("no TLS can be had with these certificates: " + e.getMessage());
    }
  }

  private static void read(String option, Path file) {
    try {
      var _ = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw CtlException.error("%s %s is not there".formatted(option, file));
    } catch (IOException e) {
      throw CtlException.error("%s %s cannot be read: %s".formatted(option, file, e.getMessage()));
    }
  }
}
