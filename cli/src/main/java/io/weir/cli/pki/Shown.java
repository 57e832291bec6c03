package io.weir.cli.pki;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What a certificate says, for people. */
final class Shown {
  private static final int URI = 6;
  private static final int DNS = 2;
  private static final int IP = 7;

  private Shown() {}

  /** Lines on the first certificate of {@code file}. */
  static List<String> of(Path file, Instant now) {
    X509Certificate certificate;
    try {
      certificate =
          Pem.certificates(Files.readString(file, StandardCharsets.ISO_8859_1)).getFirst();
    } catch (IOException e) {
      throw new PkiException("%s cannot be read: %s".formatted(file, e.getMessage()), e);
    } catch (GeneralSecurityException e) {
      throw new PkiException("%s holds no certificate".formatted(file), e);
    }
    boolean authority = certificate.getBasicConstraints() >= 0;
    List<String> uris = names(certificate, URI);
    List<String> lines = new ArrayList<>();
    lines.add("Who:      " + who(certificate, uris, authority));
    List<String> hosts = new ArrayList<>(names(certificate, DNS));
    hosts.addAll(names(certificate, IP));
    if (!hosts.isEmpty()) {
      lines.add("Hosts:    " + String.join(", ", hosts));
    }
    Instant from = certificate.getNotBefore().toInstant();
    Instant until = certificate.getNotAfter().toInstant();
    lines.add("Valid:    from %s until %s (%s)".formatted(from, until, when(from, until, now)));
    lines.add("Signed:   by " + certificate.getIssuerX500Principal().getName());
    lines.add("Serial:   " + certificate.getSerialNumber().toString(16));
    return lines;
  }

  private static String who(X509Certificate certificate, List<String> uris, boolean authority) {
    if (authority) {
      return "an authority, " + certificate.getSubjectX500Principal().getName();
    }
    if (uris.size() != 1) {
      return "nobody to Weir: it takes one URI weir://CLUSTER/ROLE/NAME, and there are "
          + uris.size();
    }
    return Holder.parse(uris.getFirst())
        .map(holder ->
            "%s %s of cluster %s (%s)"
                .formatted(holder.role().label(), holder.name(), holder.cluster(), holder.uri()))
        .orElse("nobody to Weir: " + uris.getFirst() + " is no weir://CLUSTER/ROLE/NAME");
  }

  private static String when(Instant from, Instant until, Instant now) {
    if (now.isBefore(from)) {
      return "not yet";
    }
    if (now.isAfter(until)) {
      return "expired";
    }
    Duration left = Duration.between(now, until);
    return left.toDays() > 1 ? left.toDays() + " days left" : left.toHours() + " hours left";
  }

  private static List<String> names(X509Certificate certificate, int type) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null
          ? List.of()
          : names.stream()
              .filter(name -> name.getFirst() instanceof Integer kind && kind == type)
              .map(name -> String.valueOf(name.get(1)))
              .toList();
    } catch (GeneralSecurityException e) {
      return List.of();
    }
  }
}
