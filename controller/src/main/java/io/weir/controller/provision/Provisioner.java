package io.weir.controller.provision;

import java.util.List;

/**
 * Brings a scaler's endpoints and takes them away, by what its hook says. Every call blocks, for
 * about the hook's time-out at most. Any thread, several at a time.
 */
public interface Provisioner extends AutoCloseable {
  /**
   * What there is, whoever asked for it. Instances that ended are absent. A provider that cannot
   * tell (a webhook that does not answer it) has none, and {@link #lists} is false.
   *
   * @throws ProvisionException if it cannot be told now
   */
  List<Provisioned> list() throws ProvisionException;

  /** Whether {@link #list} tells all there is; if not, what is absent there may well exist. */
  default boolean lists() {
    return true;
  }

  /**
   * There are to be {@link Order#desired} instances, more than there were.
   *
   * @throws ProvisionException if that is not known to be done
   */
  Answer scaleOut(Order order) throws ProvisionException;

  /**
   * These are to end, and there are to be {@link Order#desired} without them. Those that are not
   * there have ended.
   *
   * @param ids of {@link Provisioned#id}
   * @throws ProvisionException if that is not known to be done
   */
  Answer scaleIn(Order order, List<String> ids) throws ProvisionException;

  /** Frees connections. What was brought stays. */
  @Override
  void close();
}
