/**
 * What brings endpoints and takes them away: one {@link io.weir.controller.provision.Provisioner}
 * for each kind of hook, and what others pull instead (KEDA's external scaler, the external metrics
 * API of Kubernetes). Everything here blocks and is called from threads that may; an order has one
 * effect however often it is given.
 */
@NullMarked
package io.weir.controller.provision;

import org.jspecify.annotations.NullMarked;
