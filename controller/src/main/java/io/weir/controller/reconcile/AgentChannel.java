package io.weir.controller.reconcile;

import com.google.rpc.Code;
import io.weir.v1.ControllerMessage;
import java.util.Arrays;

/** The way to one connected agent. Calls never block and are safe from any thread. */
public interface AgentChannel {
  /**
   * What was not yet written is replaced by a newer message of its kind; verdicts and endpoints to
   * verify are added to those that wait.
   */
  void send(ControllerMessage message);

  /** Configuration; as {@link #send(ControllerMessage)}. */
  void send(Encoded configuration);

  /** Ends the stream; nothing is sent after it. Repeated calls do nothing. */
  void close(Refusal refusal, String sentence);

  /** Why the controller ends a stream. */
  enum Refusal {
    NAME_TAKEN(Code.ALREADY_EXISTS),
    CONTRACT_BROKEN(Code.INVALID_ARGUMENT),
    TOO_MANY(Code.RESOURCE_EXHAUSTED),
    REPLACED(Code.ABORTED),
    /** Another controller serves the agent better. */
    STOPPING(Code.UNAVAILABLE);

    private final Code code;

    Refusal(Code code) {
      this.code = code;
    }

    /** What the stream ends with. */
    public Code code() {
      return code;
    }

    /** The one that ends a stream so. */
    static Refusal of(int code) {
      return Arrays.stream(values())
          .filter(refusal -> refusal.code.getNumber() == code)
          .findFirst()
          .orElse(STOPPING);
    }
  }
}
