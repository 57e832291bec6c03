/**
 * What is declared and whether it may be: resource keys, the immutable image of the whole
 * configuration, and the validator that returns every violation at once. Pure: values in, values
 * out; resources stay the wire messages they came as.
 */
@NullMarked
package io.weir.controller.model;

import org.jspecify.annotations.NullMarked;
