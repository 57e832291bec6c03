/**
 * Controllers and the members of their etcd are killed, stopped and cut off while clients write and
 * agents listen; all that clients and agents saw is recorded, and a checker that knows nothing of
 * Weir's code says from the record, and from what the store holds in the end, whether it was right.
 */
@NullMarked
package io.weir.e2e.chaos;

import org.jspecify.annotations.NullMarked;
