package io.weir.e2e.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * An authority and what it signed: a certificate for servers and one for clients, with their keys,
 * each a PEM file. Made with {@code openssl}; good for a day.
 */
public record Certificates(
    Path authority,
    Path serverCertificate,
    Path serverKey,
    Path clientCertificate,
    Path clientKey) {

  private static final String MAKE =
      """
      set -e
      key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
      sign() {
        key "$1.key"
        openssl req -new -key "$1.key" -subj "/CN=$2" -out "$1.csr"
        printf 'subjectAltName=%s\\nextendedKeyUsage=serverAuth,clientAuth\\n' "$3" >"$1.ext"
        openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 \\
          -extfile "$1.ext" -out "$1.pem"
      }
      key ca.key
      openssl req -x509 -new -key ca.key -subj "/CN=test authority" -days 1 -out ca.pem
      sign server etcd "$1"
      sign client weir "$1"
      """;

  /**
   * @param hosts addresses of the servers
   */
  public static Certificates make(Path dir, List<String> hosts) {
    String names =
        hosts.stream()
            .distinct()
            .map(host -> "IP:" + host)
            .collect(Collectors.joining(",", "", ",DNS:localhost"));
    try {
      Files.createDirectories(dir);
      Process made =
          new ProcessBuilder("sh", "-c", MAKE, "sh", names)
              .directory(dir.toFile())
              .redirectErrorStream(true)
              .start();
      made.getOutputStream().close();
      String said = new String(made.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (made.waitFor() != 0) {
        throw new IllegalStateException("no certificates can be made: " + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new Certificates(
        dir.resolve("ca.pem"),
        dir.resolve("server.pem"),
        dir.resolve("server.key"),
        dir.resolve("client.pem"),
        dir.resolve("client.key"));
  }
}
