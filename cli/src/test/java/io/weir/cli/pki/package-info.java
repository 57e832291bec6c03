@NullMarked
package io.weir.cli.pki;

import org.jspecify.annotations.NullMarked;
