package io.weir.controller;

import io.weir.controller.ControllerConfig.ExternalMetrics;
import io.weir.controller.ControllerConfig.Listen;
import io.weir.controller.provision.Settings;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that concern what scalers call, and who asks them. */
final class HookOptions {
  @Option(
      names = "--hook-programs",
      paramLabel = "DIR",
      defaultValue = "${env:WEIR_HOOK_PROGRAMS}",
      description =
          "Folder of the programs that scalers may start on this machine (WEIR_HOOK_PROGRAMS;"
              + " default: none may be).")
  @Nullable String programs;

  @Option(
      names = "--hook-state",
      paramLabel = "DIR",
      defaultValue = "${env:WEIR_HOOK_STATE}",
      description =
          "Where it is kept what was started; the same for all controllers of a machine"
              + " (WEIR_HOOK_STATE; default: processes in --data-dir).")
  @Nullable String state;

  @Option(
      names = "--kubernetes-account",
      paramLabel = "DIR",
      defaultValue = "${env:WEIR_KUBERNETES_ACCOUNT}",
      description =
          "Folder with token and ca.crt for the API server of Kubernetes (WEIR_KUBERNETES_ACCOUNT;"
              + " default: /var/run/secrets/kubernetes.io/serviceaccount).")
  @Nullable String account;

  @Option(
      names = "--external-metrics",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:WEIR_EXTERNAL_METRICS}",
      description =
          "Where to serve the external metrics API of Kubernetes (WEIR_EXTERNAL_METRICS; default:"
              + " nowhere).")
  @Nullable String metrics;

  @Option(
      names = "--external-metrics-ca",
      paramLabel = "FILE",
      defaultValue = "${env:WEIR_EXTERNAL_METRICS_CA}",
      description =
          "PEM file with the certificates that those are signed by who may ask it, as that of the"
              + " API server's aggregator (WEIR_EXTERNAL_METRICS_CA).")
  @Nullable String metricsAuthority;

  /** What provisioners go by. */
  Settings settings(String cluster, Path dataFolder) {
    return new Settings(
        cluster,
        path(programs),
        path(state).orElseGet(() -> dataFolder.resolve("processes")),
        path(account).orElse(Settings.KUBERNETES_ACCOUNT));
  }

  /**
   * @param address makes an address of an option's name and value
   */
  Optional<ExternalMetrics> externalMetrics(BiFunction<String, String, Listen> address) {
    return Optional.ofNullable(metrics)
        .filter(text -> !text.isEmpty())
        .map(text -> address.apply("--external-metrics", text))
        .map(listen -> new ExternalMetrics(listen, path(metricsAuthority)));
  }

  private static Optional<Path> path(@Nullable String name) {
    return name == null || name.isEmpty() ? Optional.empty() : Optional.of(Path.of(name));
  }
}
