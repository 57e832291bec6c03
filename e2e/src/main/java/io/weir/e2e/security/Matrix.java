package io.weir.e2e.security;

import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.weir.cli.pki.Role;
import io.weir.controller.Controller;
import io.weir.controller.ControllerConfig;
import io.weir.controller.StartupException;
import io.weir.controller.security.Limits;
import io.weir.controller.security.Protection;
import io.weir.controller.security.TlsFiles;
import io.weir.e2e.live.Await;
import io.weir.e2e.security.Papers.Pair;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.AuditRecord;
import io.weir.v1.AuditRequest;
import io.weir.v1.FleetServiceGrpc;
import io.weir.v1.PeerServiceGrpc;
import io.weir.v1.keda.ExternalScalerGrpc;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Every call of every service with every certificate there may be, over TLS on loopback, held
 * against what is documented. What is refused has to be in the audit log.
 */
public final class Matrix {
  private static final String CLUSTER = "matrix";
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration RECORDED = Duration.ofSeconds(10);

  private final Documented documented;
  private final Papers papers;
  private final int port;
  private final List<String> wrong = new ArrayList<>();

  /** Refusals that the audit log has to have, by what it says of each, with their number. */
  private final Map<String, Integer> refusals = new HashMap<>();

  private int cases;

  private Matrix(Documented documented, Papers papers, int port) {
    this.documented = documented;
    this.papers = papers;
    this.port = port;
  }

  /**
   * @param wrong a sentence on each case that did not go as documented
   */
  public record Result(int cases, List<String> wrong) {
    public Result {
      wrong = List.copyOf(wrong);
    }
  }

  /**
   * Starts a controller and tries all.
   *
   * @param dir for its files
   */
  public static Result run(Documented documented, Path dir) throws StartupException {
    Papers papers = new Papers(dir.resolve("pki"), CLUSTER);
    Pair own = papers.issue(Role.CONTROLLER, "self");
    ControllerConfig config =
        new ControllerConfig(
                CLUSTER,
                new ControllerConfig.Listen("127.0.0.1", 0),
                new ControllerConfig.Storage.Embedded(dir.resolve("data")),
                100)
            .with(
                new Protection(
                    Optional.of(new TlsFiles(own.certificate(), own.key(), papers.trust())),
                    false,
                    Optional.of(dir.resolve("audit.log")),
                    Limits.DEFAULT));
    try (Controller controller = Controller.start(config, InstantSource.system())) {
      Matrix matrix = new Matrix(documented, papers, controller.port());
      matrix.roles();
      matrix.strangers(new Papers(dir.resolve("foreign"), CLUSTER));
      matrix.recorded();
      return new Result(matrix.cases, matrix.wrong);
    }
  }

  /** All that the server serves. */
  static List<MethodDescriptor<?, ?>> methods() {
    List<MethodDescriptor<?, ?>> methods = new ArrayList<>();
    for (ServiceDescriptor service :
        List.of(
            AdminServiceGrpc.getServiceDescriptor(),
            FleetServiceGrpc.getServiceDescriptor(),
            PeerServiceGrpc.getServiceDescriptor(),
            ExternalScalerGrpc.getServiceDescriptor(),
            HealthGrpc.getServiceDescriptor(),
            ServerReflectionGrpc.getServiceDescriptor())) {
      methods.addAll(service.getMethods());
    }
    return methods;
  }

  private static List<Attempt> attempts(Role role) {
    List<Attempt> attempts = new ArrayList<>();
    for (MethodDescriptor<?, ?> method : methods()) {
      String name = method.getFullMethodName();
      attempts.add(
          name.equals(Attempt.CONNECT)
              ? Attempt.hello(CLUSTER, Attempt.name(role))
              : new Attempt(Attempt.row(name), name, Optional.empty()));
    }
    attempts.addAll(Attempt.special());
    return attempts;
  }

  private void roles() {
    Map<Role, Pair> pairs = new EnumMap<>(Role.class);
    for (Role role : Role.values()) {
      pairs.put(role, papers.issue(role, Attempt.name(role)));
    }
    pairs.forEach((role, pair) -> {
      ManagedChannel channel = papers.channel("127.0.0.1", port, Optional.of(pair)).build();
      try {
        for (Attempt attempt : attempts(role)) {
          Set<Role> may = documented.calls().get(attempt.row());
          if (may == null) {
            wrong.add("the documentation does not tell who may make " + attempt.row());
            continue;
          }
          Outcome outcome = call(channel, attempt);
          expect(role.label(), attempt, may.contains(role), outcome);
          if (!may.contains(role)) {
            owed(role.label() + "/" + Attempt.name(role) + " " + attempt.method());
          }
        }
        if (role == Role.AGENT) {
          Attempt forged = Attempt.hello(CLUSTER, "another");
          expect("agent with a forged name", forged, false, call(channel, forged));
          owed(role.label() + "/" + Attempt.name(role) + " " + forged.method());
        }
      } finally {
        channel.shutdownNow();
      }
    });
  }

  private void strangers(Papers foreign) {
    for (Attempt attempt : attempts(Role.ADMIN)) {
      stranger("no certificate", Optional.empty(), attempt, "no certificate was shown");
      stranger(
          "an expired certificate",
          Optional.of(papers.expired(Role.ADMIN, "late")),
          attempt,
          "the certificate has expired");
      stranger(
          "a certificate of another authority",
          Optional.of(foreign.issue(Role.ADMIN, "ann")),
          attempt,
          "the certificate is of an authority that is not trusted here");
      stranger(
          "a certificate of another cluster",
          Optional.of(papers.elsewhere("other", Role.ADMIN, "ann")),
          attempt,
          " " + attempt.method());
    }
  }

  private void stranger(String who, Optional<Pair> shown, Attempt attempt, String recorded) {
    // A connection for each, as one that failed is not tried again at once.
    ManagedChannel channel = papers.channel("127.0.0.1", port, shown).build();
    try {
      expect(who, attempt, false, call(channel, attempt));
      owed(recorded);
    } finally {
      channel.shutdownNow();
    }
  }

  private void owed(String refusal) {
    refusals.merge(refusal, 1, Integer::sum);
  }

  private void expect(String who, Attempt attempt, boolean allowed, Outcome outcome) {
    cases++;
    if (outcome.allowed() != allowed || outcome.silent()) {
      wrong.add(
          "%s, %s: should be %s, was %s"
              .formatted(who, attempt.row(), allowed ? "allowed" : "refused", outcome.what()));
    }
  }

  /** Waits for every refusal to be among the records. */
  private void recorded() {
    Pair admin = papers.issue(Role.ADMIN, "auditor");
    ManagedChannel channel = papers.channel("127.0.0.1", port, Optional.of(admin)).build();
    try {
      AdminServiceGrpc.AdminServiceBlockingStub stub = AdminServiceGrpc.newBlockingStub(channel);
      AuditRequest question = AuditRequest.newBuilder().setRefused(true).setLimit(1_000).build();
      List<String> missing = new ArrayList<>();
      try {
        Await.until(
            "all refusals to be recorded",
            RECORDED,
            () -> {
              missing.clear();
              missing.addAll(missing(stub.audit(question).getRecordsList()));
              return missing.isEmpty();
            });
      } catch (RuntimeException | AssertionError late) {
        missing.forEach(one -> wrong.add("not in the audit log: " + one));
      }
    } finally {
      channel.shutdownNow();
    }
  }

  private List<String> missing(List<AuditRecord> records) {
    Map<String, Integer> found = new HashMap<>();
    for (AuditRecord record : records) {
      String what =
          record.getCall().isEmpty()
              ? record.getSentence()
              : record.getIdentity() + " " + record.getCall();
      found.merge(what, 1, Integer::sum);
    }
    return refusals.entrySet().stream()
        .filter(owed -> found.getOrDefault(owed.getKey(), 0) < owed.getValue())
        .map(owed ->
            "%s, %d of %d"
                .formatted(owed.getKey(), found.getOrDefault(owed.getKey(), 0), owed.getValue()))
        .toList();
  }

  /**
   * @param silent neither an answer nor a refusal came
   */
  private record Outcome(boolean allowed, boolean silent, String what) {}

  private static Outcome call(ManagedChannel channel, Attempt attempt) {
    MethodDescriptor<?, ?> method =
        methods().stream()
            .filter(one -> one.getFullMethodName().equals(attempt.method()))
            .findFirst()
            .orElseThrow();
    return call(channel, method, attempt);
  }

  private static <Q, A> Outcome call(
      ManagedChannel channel, MethodDescriptor<Q, A> method, Attempt attempt) {
    CompletableFuture<@Nullable Status> first = new CompletableFuture<>();
    ClientCall<Q, A> call = channel.newCall(method, CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(A message) {
            first.complete(null);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            first.complete(status);
          }
        },
        new Metadata());
    call.request(1);
    call.sendMessage(message(method, attempt.message()));
    call.halfClose();
    try {
      Status status = first.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (status == null) {
        return new Outcome(true, false, "answered");
      }
      boolean refused =
          switch (status.getCode()) {
            case UNAUTHENTICATED, PERMISSION_DENIED, UNAVAILABLE -> true;
            default -> false;
          };
      return new Outcome(!refused, false, status.toString());
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      return new Outcome(false, true, "silence");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Outcome(false, true, "interrupted");
    } finally {
      call.cancel("known", null);
    }
  }

  @SuppressWarnings("unchecked") // what the marshaller has a prototype of
  private static <Q> Q message(MethodDescriptor<Q, ?> method, Optional<Message> given) {
    return given
        .map(message -> (Q) message)
        .orElseGet(() ->
            Objects.requireNonNull(
                ((PrototypeMarshaller<Q>) method.getRequestMarshaller()).getMessagePrototype()));
  }
}
