/**
 * Endpoints by DNS: what to ask when, and what comes of the answers. A {@link
 * io.weir.controller.discovery.Search} is one pool's; it is told the time and the answers, and
 * somebody else asks.
 */
@NullMarked
package io.weir.controller.discovery;

import org.jspecify.annotations.NullMarked;
