package io.weir.agent.proxy;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.vertx.core.VertxException;
import io.vertx.core.http.HttpClosedException;
import java.io.IOException;
import java.net.ConnectException;
import java.util.concurrent.TimeoutException;

/** What exceptions of the HTTP client mean. */
final class UpstreamFailure {
  private UpstreamFailure() {}

  static Reason ofConnect(Throwable failure) {
    if (failure instanceof ConnectTimeoutException || failure instanceof TimeoutException) {
      return Reason.CONNECT_TIMEOUT;
    }
    boolean refused =
        failure instanceof ConnectException
            && String.valueOf(failure.getMessage()).contains("refused");
    return refused ? Reason.CONNECT_REFUSED : Reason.CONNECT_FAILED;
  }

  static Reason ofAnswer(Throwable failure) {
    return switch (failure) {
      // Thrown by the decoder for a head that ends early.
      case PrematureChannelClosureException early -> Reason.UPSTREAM_RESET;
      case DecoderException malformed -> Reason.UPSTREAM_INVALID;
      case IllegalArgumentException malformed -> Reason.UPSTREAM_INVALID;
      case IllegalStateException malformed -> Reason.UPSTREAM_INVALID;
      case IOException reset -> Reason.UPSTREAM_RESET;
      case HttpClosedException closed -> Reason.UPSTREAM_RESET;
      case VertxException other -> Reason.UPSTREAM_RESET;
      default -> Reason.UPSTREAM_INVALID;
    };
  }

  static boolean isClosed(Throwable failure) {
    return failure instanceof HttpClosedException || failure instanceof IOException;
  }
}
