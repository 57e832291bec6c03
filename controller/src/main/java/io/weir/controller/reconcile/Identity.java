package io.weir.controller.reconcile;

import io.weir.controller.store.Leadership.Member;

/**
 * Who this controller is.
 *
 * @param epoch identity of the store's data
 * @param self to the other controllers of the cluster
 */
public record Identity(String cluster, String epoch, Member self) {}
