/**
 * Guards the compatibility of the wire: {@code weir.v1} is compared with a golden descriptor that
 * is checked in, and what would break a peer of another version fails the build.
 */
@NullMarked
package io.weir.wire;

import org.jspecify.annotations.NullMarked;
