/**
 * Autoscalers over one model of a pool, in virtual time: Weir's recommender, and the ones of
 * Kubernetes and of Knative by their published algorithms, on the same loads, with as much of
 * endpoints' time to spend.
 */
@NullMarked
package io.weir.e2e.scaling;

import org.jspecify.annotations.NullMarked;
