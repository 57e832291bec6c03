/**
 * The one thread that owns decisions: it follows the store, knows every agent, computes what each
 * is to run, drives its session and tells watchers what changed. All I/O happens elsewhere and
 * comes back to it as a task.
 */
@NullMarked
package io.weir.controller.reconcile;

import org.jspecify.annotations.NullMarked;
