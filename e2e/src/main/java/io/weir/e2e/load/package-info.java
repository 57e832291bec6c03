/** Load on agents over keep-alive HTTP/1.1 connections, and what came of every request. */
@NullMarked
package io.weir.e2e.load;

import org.jspecify.annotations.NullMarked;
