package io.weir.cli.command;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Where a command reads and writes, and what time it is.
 *
 * @param colour {@code out} is a terminal that wants colours
 * @param bytes where {@code out} goes, for what is no text; empty: to a terminal. It takes time to
 *     find out
 */
public record Console(
    InputStream in,
    PrintWriter out,
    PrintWriter err,
    boolean colour,
    InstantSource clock,
    Supplier<Optional<OutputStream>> bytes) {}
