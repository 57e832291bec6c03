@NullMarked
package io.weir.e2e.crash;

import org.jspecify.annotations.NullMarked;
