/**
 * Managed instance groups of Google Cloud as what brings endpoints and takes them away; tokens are
 * got by Google's own library. A controller that has these jars on its class path finds the factory
 * by itself.
 */
@NullMarked
package io.weir.controller.hooks.gcp;

import org.jspecify.annotations.NullMarked;
