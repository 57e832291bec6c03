@NullMarked
package io.weir.e2e.chaos;

import org.jspecify.annotations.NullMarked;
