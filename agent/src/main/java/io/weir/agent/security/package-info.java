/**
 * Who this agent is to controllers: its certificate, key and authority, out of files that may be
 * replaced while it runs.
 */
@NullMarked
package io.weir.agent.security;

import org.jspecify.annotations.NullMarked;
