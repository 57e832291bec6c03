package io.weir.cli.yaml;

/**
 * A text of one or more YAML documents.
 *
 * @param name as problems name it: a path, or "stdin"
 */
public record Source(String name, String text) {}
