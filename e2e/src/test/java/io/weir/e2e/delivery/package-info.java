/** What controllers send is what agents take, over real streams. */
@NullMarked
package io.weir.e2e.delivery;

import org.jspecify.annotations.NullMarked;
