/**
 * HTTP/1.1 message framing over bytes (RFC 9110, RFC 9112): what is one head, what is one body,
 * which fields are hop-by-hop. Strict where being lenient lets two parties disagree on where a
 * message ends. Pure; nothing here allocates per message.
 */
@NullMarked
package io.weir.agent.http1;

import org.jspecify.annotations.NullMarked;
