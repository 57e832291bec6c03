/**
 * Talking to a controller: the connection, the names of things, and the one sentence that each
 * failure becomes.
 */
@NullMarked
package io.weir.cli.admin;

import org.jspecify.annotations.NullMarked;
