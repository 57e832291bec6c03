package io.weir.controller.reconcile;

import io.weir.controller.provision.ProvisionException;
import io.weir.controller.provision.Provisioner;
import io.weir.v1.ScaleHook;

/** What scalers can have called. Thread-safe. */
@FunctionalInterface
public interface Hooks {
  /** Nothing at all. */
  Hooks NONE =
      (_, _) -> {
        throw new ProvisionException("this controller calls no hooks", false);
      };

  /**
   * Calls nobody yet.
   *
   * @throws ProvisionException if there is nothing here for it
   */
  Provisioner open(String scaler, ScaleHook hook) throws ProvisionException;
}
