package io.weir.controller.store;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.weir.controller.store.EtcdAccess.ClientCertificate;
import io.weir.controller.store.EtcdAccess.Login;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** What the files say that {@link EtcdAccess} names. */
final class EtcdCredentials {
  private EtcdCredentials() {}

  /**
   * @throws StoreException naming the file and what is wrong with it
   */
  static SslContext tls(EtcdAccess access) {
    SslContextBuilder builder = GrpcSslContexts.forClient();
    access.authority().ifPresent(file -> trust(builder, file));
    access.certificate().ifPresent(files -> show(builder, files));
    try {
      return builder.build();
    } catch (SSLException e) {
      throw new StoreException(
          "no TLS to etcd can be had with these certificates: " + e.getMessage(), e);
    }
  }

  private static void trust(SslContextBuilder builder, Path file) {
    read("authority", file);
    try {
      builder.trustManager(file.toFile());
    } catch (IllegalArgumentException e) {
      throw new StoreException(
          "the file %s holds no PEM certificate to trust etcd's by".formatted(file), e);
    }
  }

  private static void show(SslContextBuilder builder, ClientCertificate files) {
    read("certificate", files.chain());
    String key = read("key", files.key());
    try {
      builder.keyManager(files.chain().toFile(), files.key().toFile());
    } catch (IllegalArgumentException e) {
      if (key.contains("-----BEGIN PRIVATE KEY-----")) {
        throw new StoreException(
            "the files %s and %s are no PEM certificate and its key"
                .formatted(files.chain(), files.key()),
            e);
      }
      throw new StoreException(
          "the file %s holds no unencrypted key in PKCS#8; make one with openssl pkcs8 -topk8 -nocrypt -in %s"
              .formatted(files.key(), files.key()),
          e);
    }
  }

  /**
   * The password of {@code login}.
   *
   * @throws StoreException naming the file and what is wrong with it
   */
  static String password(Login login) {
    Optional<String> first = read("password", login.password()).lines().findFirst();
    return first
        .filter(line -> !line.isEmpty())
        .orElseThrow(() ->
            new StoreException(
                "the file %s with etcd's password is empty".formatted(login.password())));
  }

  private static String read(String what, Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new StoreException("the file %s with etcd's %s is not there".formatted(file, what), e);
    } catch (AccessDeniedException e) {
      throw new StoreException(
          "this user may not read the file %s with etcd's %s".formatted(file, what), e);
    } catch (IOException e) {
      throw new StoreException(
          "the file %s with etcd's %s cannot be read: %s".formatted(file, what, e.getMessage()), e);
    }
  }
}
