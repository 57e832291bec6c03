/**
 * What this agent tells the controller of its endpoints: health as it changes, load now and then.
 * I/O only through the uplink it is given; for the control thread.
 */
@NullMarked
package io.weir.agent.report;

import org.jspecify.annotations.NullMarked;
