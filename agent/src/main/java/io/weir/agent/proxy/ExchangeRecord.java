package io.weir.agent.proxy;

import io.weir.agent.accesslog.AccessEntry;
import io.weir.agent.accesslog.AccessEntry.Text;
import io.weir.agent.accesslog.AccessRing;
import io.weir.agent.balance.Ticket;
import io.weir.agent.http1.HeadParser;
import io.weir.agent.metrics.EndpointMetrics;
import io.weir.agent.metrics.ListenerMetrics;
import org.jspecify.annotations.Nullable;

/**
 * What is said of one exchange, in the access log and in the metrics. Reused with it; confined to
 * its loop.
 */
final class ExchangeRecord {
  private final Loop loop;
  private final AccessEntry entry = new AccessEntry();
  private @Nullable ListenerMetrics listener;
  private @Nullable EndpointMetrics endpoint;

  /** By the loop's clock: the head, the last attempt's begin, its answer's head. */
  private long began;

  private long picked;
  private long answering;

  ExchangeRecord(Loop loop) {
    this.loop = loop;
  }

  /** A head has come. */
  void begin(ClientConnection client) {
    began = loop.now();
    listener = client.metrics();
    endpoint = null;
    entry.begin(loop.epochNanos(), client.serving().listener().name(), client.address());
  }

  /** Takes what the log says of a request, when there is a log. */
  void describe(byte[] b, HeadParser head) {
    if (loop.log() == null) {
      return;
    }
    entry.version(head.minorVersion() == 0 ? "HTTP/1.0" : "HTTP/1.1");
    entry.text(Text.METHOD, b, head.start(), head.methodEnd());
    entry.text(Text.TARGET, b, head.targetStart(), head.targetEnd());
    describe(Text.HOST, b, head, head.host());
    describe(Text.REFERER, b, head, head.referer());
    describe(Text.USER_AGENT, b, head, head.userAgent());
  }

  private void describe(Text part, byte[] b, HeadParser head, int field) {
    if (field >= 0) {
      entry.text(part, b, head.valueStart(field), head.valueEnd(field));
    }
  }

  void pool(String name) {
    entry.pool(name);
  }

  /** The request goes to {@code address}, the {@code attempt}th in its life. */
  void endpoint(String address, int attempt, EndpointMetrics metrics) {
    entry.endpoint(address, attempt);
    endpoint = metrics;
    picked = loop.now();
    metrics.started();
  }

  void connectFailed() {
    if (endpoint != null) {
      endpoint.connectFailed();
    }
  }

  /** The attempt failed and there will be another. */
  void retried() {
    if (endpoint != null) {
      endpoint.retried();
      endpoint.failed(0, 0);
    }
  }

  /** The endpoint's head has arrived. */
  void answering() {
    answering = loop.now();
    entry.upstream(answering - began);
  }

  void status(int code) {
    entry.status(code);
  }

  int status() {
    return entry.status();
  }

  void reason(Reason why) {
    entry.reason(why.word());
  }

  void addReceived(int bytes) {
    entry.addReceived(bytes);
  }

  void addSent(int bytes) {
    entry.addSent(bytes);
  }

  /** The last attempt is over. */
  void counted(Ticket.End how, boolean answerBegun) {
    EndpointMetrics metrics = endpoint;
    if (metrics == null) {
      return;
    }
    boolean failed = how == Ticket.End.FAILED || how == Ticket.End.RETRIED;
    if (failed) {
      metrics.failed(entry.received(), entry.sent());
    } else if (answerBegun) {
      // What follows a switch of protocols takes as long as client and endpoint like.
      long over = entry.status() == 101 ? answering : loop.now();
      metrics.answered(entry.status(), over - picked, entry.received(), entry.sent());
    } else {
      metrics.abandoned(entry.received());
    }
  }

  /**
   * The exchange is over.
   *
   * @param whole the client got a whole answer
   */
  void end(boolean whole) {
    ListenerMetrics metrics = listener;
    if (metrics != null) {
      if (whole) {
        metrics.answered(entry.status());
      } else {
        metrics.aborted();
      }
    }
    AccessRing log = loop.log();
    if (log != null) {
      entry.duration(loop.now() - began);
      log.log(entry);
    }
  }
}
