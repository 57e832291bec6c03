/** Tests of the YAML form. */
@NullMarked
package io.weir.cli.yaml;

import org.jspecify.annotations.NullMarked;
