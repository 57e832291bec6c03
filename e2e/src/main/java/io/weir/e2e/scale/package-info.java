/**
 * Endpoints that really come and go: controllers whose scaler starts and stops origins on this
 * machine, agents, and clients with long requests and open streams who count what fails.
 */
@NullMarked
package io.weir.e2e.scale;

import org.jspecify.annotations.NullMarked;
