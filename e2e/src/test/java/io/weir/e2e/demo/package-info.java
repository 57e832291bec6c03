/** The demo as a test of everything at once, and of what it leaves behind. */
@NullMarked
package io.weir.e2e.demo;

import org.jspecify.annotations.NullMarked;
