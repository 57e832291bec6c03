/**
 * The YAML form of resources: flat ({@code kind}, {@code name}, {@code labels}, {@code
 * annotations}, then the spec's fields), read by the message descriptors, so that a field added to
 * weir.v1 needs no code here. Reading finds every problem at once, each with its line and column;
 * what is written reads back as the same resource. JSON is YAML.
 */
@NullMarked
package io.weir.cli.yaml;

import org.jspecify.annotations.NullMarked;
