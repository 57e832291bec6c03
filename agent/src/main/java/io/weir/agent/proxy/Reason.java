package io.weir.agent.proxy;

/**
 * Why a request did not simply get an endpoint's whole answer. The word goes to the access log and,
 * with an answer of Weir's own, to the response field {@code X-Weir-Reason}.
 */
public enum Reason {
  BAD_REQUEST("bad-request", 400, "this is not a request that can be forwarded"),
  METHOD_NOT_ALLOWED("method-not-allowed", 405, "this method is not forwarded"),
  NO_ROUTE("no-route", 404, "no route for this host and path"),
  NO_ENDPOINT("no-endpoint", 503, "no usable endpoint"),
  OVERFLOW("overflow", 503, "the pool has as many requests or connections as it may have"),
  CONNECT_REFUSED("connect-refused", 502, "the endpoint refused the connection"),
  CONNECT_TIMEOUT("connect-timeout", 504, "the endpoint did not accept the connection in time"),
  CONNECT_FAILED("connect-failed", 502, "the endpoint could not be reached"),
  UPSTREAM_RESET("upstream-reset", 502, "the endpoint closed the connection without an answer"),
  UPSTREAM_INVALID("upstream-invalid", 502, "the endpoint's answer is not HTTP/1.1"),
  RESPONSE_TIMEOUT("response-timeout", 504, "the endpoint did not answer in time"),
  REQUEST_TIMEOUT("request-timeout", 408, "the request's body did not arrive in time"),
  BODY_TOO_LARGE("body-too-large", 413, "the request's body is larger than this listener takes"),
  DEADLINE_EXCEEDED("deadline-exceeded", 504, "the request took longer than its pool allows"),
  /** The connection to the endpoint ended within the response's body. */
  UPSTREAM_TRUNCATED("upstream-truncated", 502, "the endpoint's answer ended early"),
  /** The client went away; 499 stands in the access log for "no response sent", as in nginx. */
  CLIENT_CLOSED("client-closed", 499, "the client closed the connection"),
  /** The client stopped reading. */
  CLIENT_STALLED("client-stalled", 499, "the client did not read the response in time");

  private final String word;
  private final int status;
  private final String text;

  Reason(String word, int status, String text) {
    this.word = word;
    this.status = status;
    this.text = text;
  }

  String word() {
    return word;
  }

  /** Of Weir's own answer for this reason. */
  int status() {
    return status;
  }

  /** What else comes on that connection cannot be trusted, or is not to be waited for. */
  boolean closes() {
    return this == BAD_REQUEST
        || this == METHOD_NOT_ALLOWED
        || this == BODY_TOO_LARGE
        || this == REQUEST_TIMEOUT;
  }

  String text() {
    return text;
  }
}
