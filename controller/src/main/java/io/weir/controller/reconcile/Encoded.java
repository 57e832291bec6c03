package io.weir.controller.reconcile;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.v1.ControllerMessage;

/**
 * A weir.v1.ControllerMessage as bytes, made once however many agents it is for.
 *
 * @param configuration whether it is a Snapshot or a Delta
 */
public record Encoded(ByteString bytes, boolean configuration) {
  public static Encoded of(ControllerMessage message) {
    return new Encoded(message.toByteString(), message.hasSnapshot() || message.hasDelta());
  }

  public ControllerMessage message() {
    try {
      return ControllerMessage.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("made here, and is no message", e);
    }
  }
}
