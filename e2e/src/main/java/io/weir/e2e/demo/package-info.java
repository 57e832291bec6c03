/**
 * {@code weir demo}: real processes on loopback, load through both agents, and what an operator
 * would do to them one after the other; at the end it says what held.
 */
@NullMarked
package io.weir.e2e.demo;

import org.jspecify.annotations.NullMarked;
