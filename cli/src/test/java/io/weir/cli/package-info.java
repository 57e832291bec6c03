/** Tests of the commands, against a controller in memory behind a real gRPC server. */
@NullMarked
package io.weir.cli;

import org.jspecify.annotations.NullMarked;
