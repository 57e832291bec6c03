package io.weir.cli.command;

import io.weir.cli.admin.CtlException;
import io.weir.v1.PoolSpec;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Moves a pool by hand. */
@Command(
    name = "failover",
    sortOptions = false,
    description = {
      "Moves a pool's traffic to a priority, and keeps it there until --back.",
      "With --back it goes to the lowest priority that can serve, and failovers are automatic",
      "again."
    })
public final class FailoverCommand implements Callable<Integer> {
  private static final int MAX_PRIORITY = 127;

  private final WeirCtl ctl;

  @Parameters(index = "0", paramLabel = "POOL")
  private String pool = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "PRIORITY", description = "0 to 127.")
  private @Nullable Integer priority;

  @Option(names = "--back", description = "Back, and by itself from now on.")
  private boolean back;

  public FailoverCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    Integer to = priority;
    if (back == (to != null)) {
      throw CtlException.error("name a priority to go to, or --back");
    }
    if (to != null) {
      if (to < 0 || to > MAX_PRIORITY) {
        throw CtlException.error("a priority is 0 to " + MAX_PRIORITY + ", not " + to);
      }
      edit(forced(to), "kept at priority " + to);
      return 0;
    }
    PoolEdit edit = new PoolEdit(ctl, pool);
    // Where it was moved by itself and stays until told, it is told first, and then left alone.
    edit.run(
        spec -> spec.getPriorities().hasForce() ? spec : forced(0).apply(spec),
        (before, after) ->
            before.getPriorities().hasForce() ? "about to go back" : "back to priority 0");
    edit.run(
        spec -> {
          PoolSpec.Builder edited = spec.toBuilder();
          edited.getPrioritiesBuilder().clearForce();
          return edited.build();
        },
        (before, after) -> "failover by itself");
    return 0;
  }

  private void edit(UnaryOperator<PoolSpec> edit, String summary) {
    new PoolEdit(ctl, pool).run(edit, (before, after) -> summary);
  }

  private static UnaryOperator<PoolSpec> forced(int priority) {
    return spec -> {
      PoolSpec.Builder edited = spec.toBuilder();
      edited.getPrioritiesBuilder().setForce(priority);
      return edited.build();
    };
  }
}
