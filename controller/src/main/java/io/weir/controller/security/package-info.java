/**
 * Who calls, what they may do and what is kept of it. {@code Gate} lets connections in, {@code
 * LiveCredentials} is what TLS goes by, {@code Guard} tells from a certificate who calls and
 * whether they may ({@code Permissions} has the table), how often ({@code Rates}), and {@code
 * AuditLog} keeps writes and refusals. Knows calls, but nothing of what they do.
 */
@NullMarked
package io.weir.controller.security;

import org.jspecify.annotations.NullMarked;
