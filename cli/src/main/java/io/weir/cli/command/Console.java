package io.weir.cli.command;

import java.io.InputStream;
import java.io.PrintWriter;
import java.time.InstantSource;

/**
 * Where a command reads and writes, and what time it is.
 *
 * @param colour {@code out} is a terminal that wants colours
 */
public record Console(
    InputStream in, PrintWriter out, PrintWriter err, boolean colour, InstantSource clock) {}
