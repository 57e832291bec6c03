package io.weir.e2e.security;

import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.weir.cli.pki.Authority;
import io.weir.cli.pki.Holder;
import io.weir.cli.pki.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** An authority and certificates of it, in files of one folder. */
public final class Papers {
  private static final Duration DAY = Duration.ofDays(1);
  private static final List<String> HERE = List.of("localhost", "127.0.0.1");

  private final Path dir;
  private Authority authority;

  /** A new authority of {@code cluster}. */
  public Papers(Path dir, String cluster) {
    this.dir = dir;
    this.authority = Authority.create(cluster, Instant.now(), DAY);
    try {
      Files.createDirectories(dir);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    write(trust(), authority.trust());
  }

  /**
   * Files of one holder.
   *
   * @param certificate PEM
   * @param key PEM
   */
  public record Pair(Path certificate, Path key) {}

  /** What all of the cluster trust. */
  public Path trust() {
    return dir.resolve("ca.pem");
  }

  /** A new authority, trusted beside the one before; what is issued from now on is its own. */
  public void succeed() {
    String before = authority.trust();
    authority = Authority.create(authority.cluster(), Instant.now(), DAY);
    write(trust(), before + authority.trust());
  }

  /** The authority before the newest is trusted no more. */
  public void retire() {
    write(trust(), authority.trust());
  }

  /** A certificate for a day, for loopback. The one before under the same name is replaced. */
  public Pair issue(Role role, String name) {
    return issue(
        new Holder(authority.cluster(), role, name),
        Instant.now().minus(DAY),
        Instant.now().plus(DAY.dividedBy(2)),
        role.label() + "-" + name);
  }

  /** As {@link #issue}, without the key: whoever looks finds two that do not belong together. */
  public void issueCertificateOnly(Role role, String name) {
    Instant now = Instant.now();
    Authority.Issued issued =
        authority.issue(
            new Holder(authority.cluster(), role, name), HERE, now.minus(DAY), now.plus(DAY));
    write(dir.resolve(role.label() + "-" + name + ".pem"), issued.certificate());
  }

  /** One that has expired. */
  public Pair expired(Role role, String name) {
    Instant now = Instant.now();
    return issue(
        new Holder(authority.cluster(), role, name),
        now.minus(DAY),
        now.minusSeconds(1),
        "expired-" + role.label() + "-" + name);
  }

  /** One of another cluster, signed all the same. */
  public Pair elsewhere(String cluster, Role role, String name) {
    return issue(
        new Holder(cluster, role, name),
        Instant.now().minus(DAY),
        Instant.now().plus(DAY.dividedBy(2)),
        cluster + "-" + role.label() + "-" + name);
  }

  private Pair issue(Holder holder, Instant from, Instant until, String file) {
    Authority.Issued issued = authority.issue(holder, HERE, from, until);
    Pair pair = new Pair(dir.resolve(file + ".pem"), dir.resolve(file + ".key"));
    // One after the other: whoever looks in between finds two that do not belong together.
    write(pair.certificate(), issued.certificate());
    write(pair.key(), issued.key());
    return pair;
  }

  private void write(Path file, String text) {
    try {
      Path fresh = Files.writeString(dir.resolve(file.getFileName() + ".new"), text);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a command line says to be {@code pair}. */
  public List<String> options(Pair pair) {
    return List.of(
        "--tls-cert",
        pair.certificate().toString(),
        "--tls-key",
        pair.key().toString(),
        "--tls-ca",
        trust().toString());
  }

  /**
   * The way to a controller.
   *
   * @param shown empty: no certificate
   */
  public NettyChannelBuilder channel(String host, int port, Optional<Pair> shown) {
    SslContextBuilder builder = SslContextBuilder.forClient().trustManager(trust().toFile());
    shown.ifPresent(pair -> builder.keyManager(pair.certificate().toFile(), pair.key().toFile()));
    try {
      return NettyChannelBuilder.forAddress(host, port)
          .sslContext(GrpcSslContexts.configure(builder, SslProvider.JDK).build());
    } catch (SSLException e) {
      throw new IllegalStateException(e);
    }
  }
}
