package io.weir.e2e.live;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;

/**
 * Runs another main class in this JVM and halts the JVM when standard input ends. Whoever started
 * this process holds the other end of that pipe, and the kernel closes it whatever way the holder
 * dies, so that a child never outlives its parent, not even one that was killed with SIGKILL.
 */
public final class Tether {
  private static final int CUT = 143;

  private Tether() {}

  /** The main class's name, then its arguments. */
  public static void main(String[] args) throws Throwable {
    Thread.ofPlatform().daemon().name("tether").start(Tether::haltAtEndOfInput);
    Method main = Class.forName(args[0]).getDeclaredMethod("main", String[].class);
    main.setAccessible(true);
    try {
      main.invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }

  private static void haltAtEndOfInput() {
    try {
      while (System.in.read() >= 0) {
        // Nothing is ever sent; only the end matters.
      }
    } catch (IOException e) {
      // A pipe that cannot be read has ended too.
    }
    Runtime.getRuntime().halt(CUT);
  }
}
