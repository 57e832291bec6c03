package io.weir.controller.provision;

import io.weir.v1.ProcessHook;
import io.weir.v1.ScaleHook;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Processes of this machine, each with a port of 127.0.0.1. They go on when the controller ends:
 * what it started is in a folder, where the next one finds it, and so does another controller of
 * the same machine that is given the same order.
 */
final class ProcessProvisioner implements Provisioner {
  /** From being asked to end until being ended. */
  private static final Duration POLITE = Duration.ofSeconds(5);

  private static final Duration BIRTH = Duration.ofSeconds(5);

  /** How long one may still be coming that a controller had begun to start when it died. */
  private static final Duration LATE = Duration.ofMillis(500);

  private static final Duration LOCKING = Duration.ofSeconds(10);
  private static final long LOOK_NANOS = 10_000_000;

  private final String scaler;
  private final ProcessHook hook;
  private final Settings settings;
  private final InstantSource clock;
  private final Path folder;

  ProcessProvisioner(String scaler, ProcessHook hook, Settings settings, InstantSource clock) {
    this.scaler = scaler;
    this.hook = hook;
    this.settings = settings;
    this.clock = clock;
    this.folder = settings.processes().resolve(settings.cluster()).resolve(scaler);
  }

  /** The process hook; it is always there. */
  static final class Factory implements ProvisionerFactory {
    @Override
    public ScaleHook.KindCase kind() {
      return ScaleHook.KindCase.PROCESS;
    }

    @Override
    public Provisioner open(String scaler, ScaleHook hook, Settings settings)
        throws ProvisionException {
      var _ = Program.allowed(settings.programs(), hook.getProcess().getCommand(0));
      return new ProcessProvisioner(scaler, hook.getProcess(), settings, InstantSource.system());
    }
  }

  private interface Work<T> {
    T on(ProcessState state) throws IOException, ProvisionException;
  }

  private <T> T locked(Work<T> work) throws ProvisionException {
    try (FolderLock _ = FolderLock.take(folder, LOCKING)) {
      ProcessState state = ProcessState.read(folder);
      if (lookedAt(state)) {
        state.write(folder);
      }
      return work.on(state);
    } catch (IOException e) {
      String why = e.getMessage() == null ? e.toString() : e.getMessage();
      throw new ProvisionException("processes cannot be looked after: " + why, true, e);
    }
  }

  @Override
  public List<Provisioned> list() throws ProvisionException {
    return locked(this::listed);
  }

  @Override
  public Answer scaleOut(Order order) throws ProvisionException {
    return locked(state -> {
      if (!state.orders.contains(order.key())) {
        while (running(state) < order.desired()) {
          start(state);
        }
        state.done(order.key());
        state.write(folder);
      }
      return new Answer(listed(state));
    });
  }

  @Override
  public Answer scaleIn(Order order, List<String> ids) throws ProvisionException {
    Set<String> wanted = Set.copyOf(ids);
    List<ProcessState.Entry> going =
        locked(state -> {
          if (!state.orders.contains(order.key())) {
            for (ProcessState.Entry entry : List.copyOf(state.entries)) {
              if (wanted.contains(entry.id())) {
                state.replace(entry.ending(clock.millis()));
              }
            }
            state.done(order.key());
            // Before they are told: whoever comes next goes on with it.
            state.write(folder);
          }
          List<ProcessState.Entry> told =
              state.entries.stream().filter(entry -> wanted.contains(entry.id())).toList();
          told.stream()
              .filter(entry -> entry.ending() && lives(entry))
              .forEach(entry -> Program.end(entry.pid(), false));
          return told;
        });
    long began = System.nanoTime();
    while (going.stream().anyMatch(ProcessProvisioner::lives)
        && System.nanoTime() - began < POLITE.toNanos()
        && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return new Answer(list());
  }

  @Override
  public void close() {}

  /** Forgets those that ended, and ends those that should have; whether anything is different. */
  private boolean lookedAt(ProcessState state) throws IOException {
    boolean changed = false;
    for (ProcessState.Entry entry : List.copyOf(state.entries)) {
      ProcessState.Entry known = entry;
      if (entry.started().isEmpty()) {
        // Whoever was starting it died in between.
        known = found(entry, Program.awaited(pidFile(entry.id()), LATE));
        state.replace(known);
        changed = true;
      }
      if (!lives(known)) {
        forget(state, known);
        changed = true;
      } else if (known.ending() && clock.millis() - known.endingSince() >= POLITE.toMillis()) {
        Program.end(known.pid(), true);
      }
    }
    return changed;
  }

  private void start(ProcessState state) throws IOException, ProvisionException {
    Path program = Program.allowed(settings.programs(), hook.getCommand(0));
    ProcessState.Entry entry =
        new ProcessState.Entry(state.nextId(scaler), freePort(state), 0, "", 0);
    state.entries.add(entry);
    state.write(folder);
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    for (String argument : hook.getCommandList().subList(1, hook.getCommandCount())) {
      command.add(
          argument.replace("{port}", Integer.toString(entry.port())).replace("{name}", entry.id()));
    }
    Optional<ProcessHandle> process;
    try {
      process =
          Program.start(
              command,
              Map.of("WEIR_SCALER", scaler, "WEIR_INSTANCE", entry.id()),
              pidFile(entry.id()),
              log(entry.id()),
              BIRTH);
    } catch (IOException e) {
      forget(state, entry);
      state.write(folder);
      throw e;
    }
    ProcessState.Entry known = found(entry, process);
    state.replace(known);
    if (!lives(known)) {
      forget(state, known);
      state.write(folder);
      throw new ProvisionException("%s ended as soon as it was started".formatted(program), true);
    }
    state.write(folder);
  }

  private static ProcessState.Entry found(
      ProcessState.Entry entry, Optional<ProcessHandle> process) {
    return process
        .flatMap(handle ->
            Program.identity(handle.pid()).map(identity -> entry.runningAs(handle.pid(), identity)))
        .orElse(entry);
  }

  private void forget(ProcessState state, ProcessState.Entry entry) throws IOException {
    state.entries.removeIf(other -> other.id().equals(entry.id()));
    Files.deleteIfExists(pidFile(entry.id()));
    Files.deleteIfExists(log(entry.id()));
  }

  private int freePort(ProcessState state) throws ProvisionException {
    Set<Integer> taken =
        state.entries.stream().map(ProcessState.Entry::port).collect(Collectors.toSet());
    for (int port = hook.getFirstPort(); port < hook.getFirstPort() + hook.getPorts(); port++) {
      if (!taken.contains(port) && isFree(port)) {
        return port;
      }
    }
    throw new ProvisionException(
        "all ports from %d to %d are taken"
            .formatted(hook.getFirstPort(), hook.getFirstPort() + hook.getPorts() - 1),
        true);
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static long running(ProcessState state) {
    return state.entries.stream().filter(entry -> !entry.ending()).count();
  }

  private static boolean lives(ProcessState.Entry entry) {
    return !entry.started().isEmpty()
        && Program.identity(entry.pid()).filter(entry.started()::equals).isPresent();
  }

  private List<Provisioned> listed(ProcessState state) {
    return state.entries.stream()
        .map(entry ->
            new Provisioned(
                entry.id(),
                Optional.of("127.0.0.1:" + entry.port()),
                entry.ending() ? Provisioned.State.ENDING : Provisioned.State.RUNNING,
                zone(entry.port())))
        .toList();
  }

  private String zone(int port) {
    int zones = hook.getZonesCount();
    return zones == 0 ? "" : hook.getZones(Math.floorMod(port - hook.getFirstPort(), zones));
  }

  private Path pidFile(String id) {
    return folder.resolve(id + ".pid");
  }

  private Path log(String id) {
    return folder.resolve(id + ".log");
  }
}
