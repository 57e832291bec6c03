package io.weir.e2e.bench;

/**
 * How contenders are configured, all alike.
 *
 * @param accessLog whether they write one
 * @param largeBuffers whether those that gain by buffers larger than their default have them
 */
record Settings(boolean accessLog, boolean largeBuffers) {}
