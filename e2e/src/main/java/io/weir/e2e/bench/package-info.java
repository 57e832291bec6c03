/**
 * {@code weir bench}: Weir side by side with other proxies, each a process of its own that is only
 * looked at from outside, taking turns under the same load. Whoever objects to how a contender is
 * configured finds its configuration in this package's resources.
 */
@NullMarked
package io.weir.e2e.bench;

import org.jspecify.annotations.NullMarked;
