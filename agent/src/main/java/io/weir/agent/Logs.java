package io.weir.agent;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.List;

/**
 * Where the log of an agent's process goes: all of it to stderr, as stdout is for the ready line
 * and, on request, the access log. In Java, not in a file, as Logback's reader of files and the XML
 * parser behind it cost an agent hundreds of classes that it has no other use for. A file that is
 * named by {@code -Dlogback.configurationFile} goes before it. Logback finds it as a service.
 */
public final class Logs extends ContextAwareBase implements Configurator {
  private static final String LEVEL = "weir.log.level";
  private static final String FORMAT = "weir.log.format";
  private static final String TEXT =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %msg%replace( %kvp){'^ $',''}"
          + " \\(%logger{0}\\)%n%ex";

  /** Their warnings are ours; what else they say is of no use to an operator. */
  private static final List<String> LIBRARIES = List.of("io.netty", "io.vertx", "io.grpc");

  /**
   * Has the log be as the process was asked to; to be called before the first logger is made.
   *
   * @param level debug, info, warn or error
   * @param format text or json
   */
  static void be(String level, String format) {
    System.setProperty(LEVEL, level);
    System.setProperty(FORMAT, format);
  }

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    String level = System.getProperty(LEVEL);
    if (level == null || System.getProperty("logback.configurationFile") != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
    stderr.setContext(context);
    stderr.setName("stderr");
    stderr.setTarget("System.err");
    stderr.setEncoder("json".equals(System.getProperty(FORMAT)) ? json(context) : text(context));
    stderr.start();
    LIBRARIES.forEach(library -> context.getLogger(library).setLevel(Level.WARN));
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.toLevel(level, Level.INFO));
    root.addAppender(stderr);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private static Encoder<ILoggingEvent> text(LoggerContext context) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(TEXT);
    encoder.start();
    return encoder;
  }

  private static Encoder<ILoggingEvent> json(LoggerContext context) {
    JsonEncoder encoder = new JsonEncoder();
    encoder.setContext(context);
    encoder.setWithSequenceNumber(false);
    encoder.setWithNanoseconds(false);
    encoder.setWithContext(false);
    encoder.setWithMDC(false);
    encoder.setWithArguments(false);
    encoder.setWithMessage(false);
    encoder.setWithFormattedMessage(true);
    encoder.start();
    return encoder;
  }
}
