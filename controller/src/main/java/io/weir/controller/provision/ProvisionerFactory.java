package io.weir.controller.provision;

import io.weir.v1.ScaleHook;

/**
 * Makes the provisioners of one kind of hook. Those of optional modules are found by {@link
 * java.util.ServiceLoader}.
 */
public interface ProvisionerFactory {
  ScaleHook.KindCase kind();

  /**
   * Calls nobody yet.
   *
   * @param scaler its name
   * @param hook valid, of this kind
   * @throws ProvisionException if this controller cannot do it, as it was started
   */
  Provisioner open(String scaler, ScaleHook hook, Settings settings) throws ProvisionException;
}
