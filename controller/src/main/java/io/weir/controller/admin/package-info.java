/**
 * The admin API: reads, and writes that are validated against the whole configuration and
 * journalled; watches, history and the way back. What a call amounts to is an {@link
 * io.weir.controller.admin.Answer}; only {@link io.weir.controller.admin.StatusMapper} knows the
 * codes.
 */
@NullMarked
package io.weir.controller.admin;

import org.jspecify.annotations.NullMarked;
