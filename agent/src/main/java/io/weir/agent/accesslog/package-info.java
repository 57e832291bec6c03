/**
 * The access log: a record for every request, connection or flow that ends. Event loops fill rings
 * of their own, which one thread formats and writes in batches; nothing blocks them, nothing is
 * allocated for a record, and what does not fit is dropped and counted.
 */
@NullMarked
package io.weir.agent.accesslog;

import org.jspecify.annotations.NullMarked;
