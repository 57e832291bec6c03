package io.weir.agent.proxy;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One request, as it ended.
 *
 * @param time when its head had arrived
 * @param client address literal of the peer
 * @param method as sent; "-" when the head could not be read
 * @param target as sent
 * @param host the Host field as forwarded; empty when none
 * @param status sent to the client; 499 when the client left before one was
 * @param bytesReceived of the request's body
 * @param bytesSent of the response's body
 * @param pool null when no route was found
 * @param endpoint the last one tried, null when none
 * @param attempts endpoints tried, 0 when none
 * @param durationNanos from the head received to the end
 * @param upstreamNanos from the head received to the head of the endpoint's answer; negative: none
 * @param reason null when the client got an endpoint's whole answer
 */
public record AccessRecord(
    Instant time,
    String listener,
    String client,
    String method,
    String target,
    String version,
    String host,
    @Nullable String referer,
    @Nullable String userAgent,
    int status,
    long bytesReceived,
    long bytesSent,
    @Nullable String pool,
    @Nullable String endpoint,
    int attempts,
    long durationNanos,
    long upstreamNanos,
    @Nullable Reason reason) {}
