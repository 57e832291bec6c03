/** What documentation says of the programs, taken from the programs themselves. */
@NullMarked
package io.weir.e2e.docs;

import org.jspecify.annotations.NullMarked;
