/** Asks DNS for the endpoints that {@code discovery} searches for. */
@NullMarked
package io.weir.controller.dns;

import org.jspecify.annotations.NullMarked;
