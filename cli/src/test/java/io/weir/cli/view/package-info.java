/** Tests of what people see. */
@NullMarked
package io.weir.cli.view;

import org.jspecify.annotations.NullMarked;
