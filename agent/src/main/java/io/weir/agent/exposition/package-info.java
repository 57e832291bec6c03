/**
 * What an agent says of itself over HTTP to whoever watches it: its metrics in the formats of
 * Prometheus, whether it serves, whether it lives.
 */
@NullMarked
package io.weir.agent.exposition;

import org.jspecify.annotations.NullMarked;
