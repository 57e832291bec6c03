package io.weir.cli.command;

import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.Failures;
import io.weir.cli.view.DecisionRows;
import io.weir.cli.view.Paint;
import io.weir.cli.view.Table;
import io.weir.v1.Decision;
import io.weir.v1.EventsRequest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what the controller decided by itself. */
@Command(
    name = "events",
    sortOptions = false,
    description = "Shows what the controller decided by itself and why, oldest first.")
public final class EventsCommand implements Callable<Integer> {
  private static final int MAX_LIMIT = 1_000;

  private final WeirCtl ctl;

  @Parameters(
      arity = "0..2",
      paramLabel = "[POOL [ENDPOINT]]",
      hideParamSyntax = true,
      description = "Only of this pool, or of this endpoint of it.")
  private List<String> target = new ArrayList<>();

  @Option(
      names = {"-w", "--watch"},
      description = "Go on printing what is decided, until interrupted.")
  private boolean watch;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "20",
      description = "At most so many to begin with, 1 to 1000 (default 20).")
  private int limit = 20;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      converter = Format.Option.class,
      completionCandidates = Format.Names.class,
      description = "text (default), json or yaml.")
  private Format format = Format.TEXT;

  private boolean documents;

  public EventsCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    if (limit < 1 || limit > MAX_LIMIT) {
      throw CtlException.error("--limit must be 1 to " + MAX_LIMIT + ", not " + limit);
    }
    EventsRequest request =
        EventsRequest.newBuilder()
            .setPool(target.isEmpty() ? "" : target.getFirst())
            .setEndpoint(target.size() < 2 ? "" : target.get(1))
            .setLimit(limit)
            .setFollow(watch)
            .build();
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      if (watch) {
        follow(connection, request);
      } else {
        list(connection.admin().events(request));
      }
    }
    return 0;
  }

  private void list(Iterator<Decision> decisions) {
    if (format != Format.TEXT) {
      decisions.forEachRemaining(this::document);
      return;
    }
    List<Decision> all = new ArrayList<>();
    decisions.forEachRemaining(all::add);
    if (all.isEmpty()) {
      ctl.console().err().println("No decisions found.");
    } else {
      ctl.out().print(DecisionRows.of(all, ctl.now()).render(Paint.PLAIN));
    }
  }

  private void document(Decision decision) {
    if (documents && format == Format.YAML) {
      ctl.out().println("---");
    }
    documents = true;
    format.print(ctl, decision);
    ctl.out().flush();
  }

  private void follow(Connection connection, EventsRequest request) {
    BlockingClientCall<?, Decision> call = connection.streams().events(request);
    Table table = DecisionRows.following();
    try {
      if (format == Format.TEXT) {
        ctl.out().print(table.render(Paint.PLAIN));
        ctl.out().flush();
      }
      for (Decision next = call.read(); next != null; next = call.read()) {
        if (format == Format.TEXT) {
          ctl.out().println(table.line(DecisionRows.timed(next), Paint.PLAIN));
          ctl.out().flush();
        } else {
          document(next);
        }
      }
    } catch (StatusException e) {
      throw Failures.explain(e, connection.address().toString(), connection.timeout());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CtlException.told();
    } finally {
      call.cancel("the command is over", null);
    }
  }
}
