package io.weir.e2e.demo;

import io.weir.e2e.load.Load;
import java.util.Map;

/** Where the demo tells what it is doing. */
interface Display extends AutoCloseable {
  /** One line that stays. */
  void say(String line);

  /** Shows how the load splits from now on. */
  void load(Load load);

  /** A new phase with the shares that are declared in it, 0 to 1, by endpoint. */
  void phase(String title, Map<String, Double> declared);

  /** Nothing moves any more. */
  @Override
  void close();
}
