package io.weir.controller.security;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.security.Permissions.Need;
import io.weir.v1.ApplyRequest;
import io.weir.v1.ApplyResponse;
import io.weir.v1.ApplyResult;
import io.weir.v1.AuditChange;
import io.weir.v1.AuditRecord;
import io.weir.v1.AuditRequest;
import io.weir.v1.DeleteRequest;
import io.weir.v1.DeleteResponse;
import io.weir.v1.ImportResponse;
import io.weir.v1.RegisterRequest;
import io.weir.v1.RegisterResponse;
import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;
import io.weir.v1.RollbackRequest;
import io.weir.v1.SteerRolloutRequest;
import java.util.Locale;
import java.util.Optional;

/**
 * Records calls that change something or give secrets away, with what came of them, where they are
 * carried out.
 */
public final class Recorder implements ServerInterceptor {
  private static final int MOST = 100;
  private static final int LONGEST = 1_000;

  private final AuditLog audit;

  public Recorder(AuditLog audit) {
    this.audit = audit;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    String method = call.getMethodDescriptor().getFullMethodName();
    Optional<Need> need = Permissions.need(method);
    if (need.isPresent() && !isWrite(need.get())) {
      return next.startCall(call, headers);
    }
    Writing<Q, A> writing = new Writing<>(call, method);
    return new SimpleForwardingServerCallListener<>(next.startCall(writing, headers)) {
      @Override
      public void onMessage(Q message) {
        writing.asked(message);
        super.onMessage(message);
      }
    };
  }

  private static boolean isWrite(Need need) {
    return switch (need) {
      case WRITE, ADMINISTER, REGISTER -> true;
      case READ, SERVE, FOLLOW, MEMBERSHIP -> false;
    };
  }

  private final class Writing<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private final AuditRecord.Builder record = AuditRecord.newBuilder();
    private boolean looksOnly;

    Writing(ServerCall<Q, A> call, String method) {
      super(call);
      Origin origin = Origin.current();
      record.setIdentity(origin.caller().toString()).setPeer(origin.peer()).setCall(method);
    }

    synchronized void asked(Q message) {
      switch (message) {
        case ApplyRequest apply -> {
          looksOnly = apply.getDryRun();
          claim(apply.getAuthor(), apply.getMessage());
          apply.getResourcesList().stream().limit(MOST).forEach(r -> change(ref(r), 0, 0));
        }
        case DeleteRequest delete -> {
          looksOnly = delete.getDryRun();
          claim(delete.getAuthor(), delete.getMessage());
          delete.getResourcesList().stream().limit(MOST).forEach(r -> change(r, 0, 0));
        }
        case RollbackRequest rollback -> {
          looksOnly = rollback.getDryRun();
          claim(rollback.getAuthor(), rollback.getMessage());
        }
        case SteerRolloutRequest steer ->
            claim(
                steer.getAuthor(),
                "rollout %d: %s".formatted(steer.getNumber(), action(steer.getAction())));
        case RegisterRequest register -> {
          change(
              ResourceRef.newBuilder().setKind("Scaler").setName(register.getScaler()).build(),
              0,
              0);
          claim(
              "",
              "%s %s"
                  .formatted(
                      register.getAddress().isEmpty() ? register.getId() : register.getAddress(),
                      register.getLeaving() ? "goes" : "is there"));
        }
        case AuditRequest _ -> looksOnly = true;
        default -> {}
      }
    }

    private static String action(SteerRolloutRequest.Action action) {
      return action.name().replace("ACTION_", "").toLowerCase(Locale.ROOT);
    }

    private void claim(String author, String message) {
      if (record.getIdentity().isEmpty()) {
        record.setClaimed(shortened(author));
      }
      record.setSentence(shortened(message));
    }

    /** What was refused may be of any length. */
    private static String shortened(String text) {
      return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }

    private void change(ResourceRef ref, long from, long to) {
      record.addChanges(
          AuditChange.newBuilder()
              .setResource(
                  ref.toBuilder()
                      .setKind(shortened(ref.getKind()))
                      .setName(shortened(ref.getName())))
              .setFromRevision(from)
              .setToRevision(to));
    }

    private static ResourceRef ref(Resource resource) {
      return ResourceKey.of(resource)
          .map(ResourceKey::ref)
          .orElseGet(
              () -> ResourceRef.newBuilder().setName(resource.getMetadata().getName()).build());
    }

    @Override
    public void sendMessage(A message) {
      synchronized (this) {
        switch (message) {
          case ApplyResponse response -> {
            record.clearChanges();
            response.getResultsList().stream().limit(MOST).forEach(this::result);
            record.setRevision(response.getRevision());
          }
          case DeleteResponse response -> record.setRevision(response.getRevision());
          case ImportResponse response -> record.setRevision(response.getRevision());
          // The same again is no write.
          case RegisterResponse response -> looksOnly = !response.getWritten();
          default -> {}
        }
      }
      super.sendMessage(message);
    }

    private void result(ApplyResult result) {
      change(
          result.getResource(),
          result.getBefore().getMetadata().getRevision(),
          result.getAfter().getMetadata().getRevision());
    }

    @Override
    public void close(Status status, Metadata trailers) {
      boolean kept;
      synchronized (this) {
        kept = !looksOnly;
        record.setOutcome(status.getCode().name());
        if (!status.isOk() && status.getDescription() != null) {
          record.setSentence(status.getDescription());
        }
      }
      if (kept) {
        audit.wrote(record);
      }
      super.close(status, trailers);
    }
  }
}
