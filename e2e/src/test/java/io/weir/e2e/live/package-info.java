/** Real processes and what goes wrong with them: bad input, ports in use, deaths. */
@NullMarked
package io.weir.e2e.live;

import org.jspecify.annotations.NullMarked;
