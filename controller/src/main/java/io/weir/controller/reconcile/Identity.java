package io.weir.controller.reconcile;

/**
 * Who this controller is to its agents.
 *
 * @param epoch identity of the store's data
 * @param term from 1, one higher at each start of a controller
 */
public record Identity(String cluster, String epoch, long term) {}
