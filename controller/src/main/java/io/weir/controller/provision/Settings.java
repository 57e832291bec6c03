package io.weir.controller.provision;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a controller is told about hooks when it is started.
 *
 * @param cluster its name, which tells the orders of one fleet from those of another
 * @param programs folder of the programs that process hooks may start; empty: none
 * @param processes folder in which it is kept what they started, the same for all controllers of
 *     one machine
 * @param kubernetes folder with {@code token} and {@code ca.crt} of the account for Kubernetes, as
 *     every pod has one
 */
public record Settings(String cluster, Optional<Path> programs, Path processes, Path kubernetes) {
  /** Where Kubernetes puts it in every pod. */
  public static final Path KUBERNETES_ACCOUNT =
      Path.of("/var/run/secrets/kubernetes.io/serviceaccount");
}
