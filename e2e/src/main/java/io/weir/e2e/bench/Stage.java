package io.weir.e2e.bench;

import io.weir.e2e.live.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Origins, load and the contenders of one layout, all of them running until it is closed. */
final class Stage implements AutoCloseable {
  private final Path work;
  private final Layout layout;
  private final Settings settings;
  private final Origins origins;
  private final Wrk wrk;
  private final List<Running> running = new ArrayList<>();

  /**
   * Starts the origins.
   *
   * @param work exists
   */
  Stage(Path work, Layout layout, Settings settings, Installed origin) {
    this.work = Folders.create(work, layout.cores() + "-core");
    this.layout = layout;
    this.settings = settings;
    this.origins = Origins.start(origin, Folders.create(this.work, "origin"), layout);
    this.wrk = Wrk.in(this.work, layout);
  }

  /** What a contender needs to know, with a free port. */
  Assignment assignment(Contender contender) {
    Path folder = Folders.create(work, contender.name());
    return new Assignment(folder, Ports.free(), origins.ports(), layout, settings);
  }

  /**
   * Takes a contender in, once it is seen to balance.
   *
   * @throws IllegalStateException when it does not; it is closed then
   */
  void add(Running contender) {
    try {
      Map<String, Integer> answers = Spread.of(contender.port());
      String wrong = Spread.judge(answers, origins.ports().size());
      if (!wrong.isEmpty()) {
        throw new IllegalStateException(wrong);
      }
      running.add(contender);
    } catch (RuntimeException e) {
      contender.close();
      throw e;
    }
  }

  /** In the order in which they take turns. */
  List<Running> running() {
    return List.copyOf(running);
  }

  Wrk wrk() {
    return wrk;
  }

  /** Loads one contender and reads its CPU time before and after. */
  Turn turn(Running contender, String path, int connections, Duration time)
      throws InterruptedException {
    CpuTime before = contender.tree().cpu();
    WrkResult load = wrk.run(contender.port(), path, connections, time);
    CpuTime after = contender.tree().cpu();
    if (settings.accessLog()) {
      emptyLogs(contender);
    }
    return new Turn(load, after.minus(before));
  }

  @Override
  public void close() {
    running.forEach(Running::close);
    origins.close();
  }

  /** All of them append, so what is cut off is gone for good. */
  private static void emptyLogs(Running contender) {
    Stream.of(contender.folder().resolve("access.log"), contender.process().log())
        .filter(Files::exists)
        .forEach(log -> {
          try {
            Files.newByteChannel(log, StandardOpenOption.WRITE).truncate(0).close();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
