/**
 * Between the controllers of a cluster: the leader's service, over which each follower brings it
 * what its agents say, and a follower's link to it. What waits on either side is bounded by what
 * there is to say of each agent.
 */
@NullMarked
package io.weir.controller.peer;

import org.jspecify.annotations.NullMarked;
