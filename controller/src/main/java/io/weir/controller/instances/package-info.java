/**
 * The life of the instances that a Scaler's hook brings: from when they are asked for until they
 * serve, and from when they are chosen to go until nothing is under way at them and they may end.
 * Pure: what the provider lists, what agents say and what the fleet concludes come in, and what is
 * to be recorded, decided and called goes out.
 */
@NullMarked
package io.weir.controller.instances;

import org.jspecify.annotations.NullMarked;
