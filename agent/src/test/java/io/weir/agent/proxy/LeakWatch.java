package io.weir.agent.proxy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/**
 * Follows every buffer from now on until it is closed, and listens to what Netty's leak detector
 * says of those that were collected without having been released.
 */
final class LeakWatch implements AutoCloseable {
  private static final int ROUNDS = 50;

  private final Logger logger = (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
  private final Queue<String> leaks = new ConcurrentLinkedQueue<>();
  private final ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          leaks.add(event.getFormattedMessage());
        }
      };

  LeakWatch() {
    appender.start();
    logger.addAppender(appender);
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
  }

  /** A leak is noticed when another buffer is made after what was lost has been collected. */
  List<String> found() {
    for (int i = 0; i < ROUNDS && leaks.isEmpty(); i++) {
      System.gc();
      ByteBufAllocator.DEFAULT.buffer().release();
      PooledByteBufAllocator.DEFAULT.buffer().release();
    }
    return List.copyOf(leaks);
  }

  @Override
  public void close() {
    ResourceLeakDetector.setLevel(before);
    logger.detachAppender(appender);
  }
}
