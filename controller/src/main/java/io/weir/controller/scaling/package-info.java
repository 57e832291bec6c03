/**
 * How many endpoints a pool is to have: what its requests are likely to need once a new endpoint
 * serves, what one endpoint can take, and how fast either way; and a model of a pool to try that
 * on. Pure: time and what is known of the pool come in as arguments.
 */
@NullMarked
package io.weir.controller.scaling;

import org.jspecify.annotations.NullMarked;
