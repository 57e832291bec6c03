package io.weir.controller.provision;

import io.weir.v1.ScaleHook;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;

/** Finds what a hook needs. */
public final class Provisioners {
  private final List<ProvisionerFactory> factories = new ArrayList<>();
  private final Settings settings;

  /** Looks for optional modules once. */
  public Provisioners(Settings settings) {
    this.settings = settings;
    factories.add(new ProcessProvisioner.Factory());
    factories.add(new WebhookProvisioner.Factory());
    factories.add(new KubernetesProvisioner.Factory());
    factories.add(new AzureProvisioner.Factory());
    for (ProvisionerFactory factory : ServiceLoader.load(ProvisionerFactory.class)) {
      factories.add(factory);
    }
  }

  /**
   * Calls nobody yet. Close it.
   *
   * @param scaler its name
   * @throws ProvisionException if no provisioner is here for it; not retryable
   */
  public Provisioner of(String scaler, ScaleHook hook) throws ProvisionException {
    for (ProvisionerFactory factory : factories) {
      if (factory.kind() == hook.getKindCase()) {
        return factory.open(scaler, hook, settings);
      }
    }
    String kind = hook.getKindCase().name().toLowerCase(Locale.ROOT);
    throw new ProvisionException(
        hook.getKindCase() == ScaleHook.KindCase.KIND_NOT_SET
            ? "the hook names nothing to call"
            : "this controller has no hooks for %s: put the jars of hooks/%s beside its own"
                .formatted(kind, kind),
        false);
  }
}
