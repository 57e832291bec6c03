/**
 * Whether only those can do something who may: every call with every certificate over real TLS, and
 * certificates replaced while a fleet works.
 */
@NullMarked
package io.weir.e2e.security;

import org.jspecify.annotations.NullMarked;
