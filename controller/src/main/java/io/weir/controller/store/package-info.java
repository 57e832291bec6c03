/**
 * Where desired state is kept: an ordered key-value store with one revision counter,
 * compare-and-put by revision, prefix lists and watches, in two implementations (etcd, and an
 * embedded file), and the {@link io.weir.controller.store.Journal} of who wrote what on top of it.
 */
@NullMarked
package io.weir.controller.store;

import org.jspecify.annotations.NullMarked;
