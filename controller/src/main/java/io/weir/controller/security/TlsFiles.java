package io.weir.controller.security;

import java.nio.file.Path;

/**
 * PEM files. They may be replaced at any time.
 *
 * @param certificate of this process, and those between it and the authority
 * @param key in PKCS#8, not encrypted
 * @param authority certificates that those of others are signed by
 */
public record TlsFiles(Path certificate, Path key, Path authority) {}
