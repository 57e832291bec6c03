/**
 * A certificate authority for development and small fleets: makes the authority of a cluster and
 * the certificates that its processes and people show to each other. Who one is stands in the
 * certificate's only URI, {@code weir://CLUSTER/ROLE/NAME}. Knows files, but no controller.
 */
@NullMarked
package io.weir.cli.pki;

import org.jspecify.annotations.NullMarked;
