/**
 * {@code weir ctl}: a client of the controller's admin API for people at a terminal. This package
 * only picks the command, and turns what ends it into lines on stderr and an exit status: 0 done, 1
 * an error (a usage error too), and for {@code diff} 1 differences, 2 an error.
 *
 * <p>Start-up is what a person waits for. So a run makes only the command that it was asked for;
 * commands that need no controller load no gRPC; and the JVM is given a cache of loaded classes
 * (JEP 514). The cache wants the jars of one folder in one fixed order on the class path and the
 * same JVM flags when it is made and when it is used:
 *
 * <pre>
 * FLAGS='--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
 *        -XX:TieredStopAtLevel=1 -XX:+UseSerialGC'
 * java $FLAGS -XX:AOTCacheOutput=cli.aot -cp JARS io.weir.cli.Main \
 *     --controller 127.0.0.1:1 apply --dry-run -f FILE
 * java $FLAGS -XX:AOTCache=cli.aot -cp JARS io.weir.cli.Main ARGS...
 * </pre>
 *
 * <p>The training run fails, as nobody listens on that port, but has by then read a command line
 * and YAML and loaded the transport. What it cannot hold is picocli itself, whose class files are
 * of a version (Java 5) that the cache does not take.
 */
@NullMarked
package io.weir.cli;

import org.jspecify.annotations.NullMarked;
