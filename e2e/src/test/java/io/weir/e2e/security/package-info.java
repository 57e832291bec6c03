@NullMarked
package io.weir.e2e.security;

import org.jspecify.annotations.NullMarked;
