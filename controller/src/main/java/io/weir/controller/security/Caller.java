package io.weir.controller.security;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Who makes a call. */
public sealed interface Caller {
  /** Nobody can tell: it came in plaintext, or from this process itself. */
  record Unknown() implements Caller {
    @Override
    public String toString() {
      return "";
    }
  }

  /** As a certificate of this cluster says. */
  record Certified(String cluster, Role role, String name) implements Caller {
    /** {@code operator/ann}. */
    @Override
    public String toString() {
      return role.label() + "/" + name;
    }

    /** {@code weir://CLUSTER/ROLE/NAME}. */
    String uri() {
      return "weir://" + cluster + "/" + this;
    }
  }

  /** A certificate that says nothing, or something of another cluster. */
  record Stranger(String sentence) implements Caller {
    @Override
    public String toString() {
      return "";
    }
  }

  /** Whom a certificate stands for in {@code cluster}. */
  static Caller of(X509Certificate certificate, String cluster) {
    List<String> uris = Uris.of(certificate);
    if (uris.size() != 1) {
      return new Stranger(
          "the certificate \"%s\" has %d URIs; it takes one, weir://%s/ROLE/NAME"
              .formatted(certificate.getSubjectX500Principal().getName(), uris.size(), cluster));
    }
    return of(uris.getFirst(), cluster);
  }

  /**
   * @param uri {@code weir://CLUSTER/ROLE/NAME}
   */
  static Caller of(String uri, String cluster) {
    Matcher form = Uris.FORM.matcher(uri);
    if (!form.matches()) {
      return new Stranger(
          "the certificate's URI \"%s\" is no weir://%s/ROLE/NAME"
              .formatted(Uris.shortened(uri), cluster));
    }
    if (!form.group(1).equals(cluster)) {
      return new Stranger(
          "the certificate is of cluster \"%s\", this controller of cluster \"%s\""
              .formatted(form.group(1), cluster));
    }
    return Role.of(form.group(2))
        .<Caller>map(role -> new Certified(cluster, role, form.group(3)))
        .orElseGet(() ->
            new Stranger(
                "the certificate's role \"%s\" is none of admin, operator, viewer, agent and controller"
                    .formatted(form.group(2))));
  }

  /** What a certificate is for, as RFC 5280 section 4.2.1.6 puts it. */
  final class Uris {
    private static final int KIND = 6;
    private static final int MOST = 128;
    private static final Pattern FORM =
        Pattern.compile(
            "weir://([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)/([a-z]{1,20})/([A-Za-z0-9](?:[A-Za-z0-9._@-]{0,61}[A-Za-z0-9])?)");

    private Uris() {}

    private static List<String> of(X509Certificate certificate) {
      try {
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        return names == null
            ? List.of()
            : names.stream()
                .filter(name -> name.getFirst() instanceof Integer kind && kind == KIND)
                .map(name -> String.valueOf(name.get(1)))
                .toList();
      } catch (CertificateParsingException e) {
        return List.of();
      }
    }

    private static String shortened(String uri) {
      return uri.length() <= MOST ? uri : uri.substring(0, MOST) + "…";
    }
  }
}
