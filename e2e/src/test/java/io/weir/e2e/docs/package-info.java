/** The README is true: its commands run, and its table of flags is that of the programs. */
@NullMarked
package io.weir.e2e.docs;

import org.jspecify.annotations.NullMarked;
