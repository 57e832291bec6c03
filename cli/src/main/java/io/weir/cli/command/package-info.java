/**
 * The commands of {@code weir ctl}. Each is a class that picocli fills and calls; what two of them
 * share stands beside them. picocli looks at their fields and methods, so none of those has a type
 * of gRPC or protobuf in a signature: a command that needs no controller loads neither.
 */
@NullMarked
package io.weir.cli.command;

import org.jspecify.annotations.NullMarked;
