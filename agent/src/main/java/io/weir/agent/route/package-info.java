/**
 * Which pool a request goes to: rules of a listener compiled into a table, and the host and path of
 * a request brought into the form the table is asked with. Pure.
 */
@NullMarked
package io.weir.agent.route;

import org.jspecify.annotations.NullMarked;
