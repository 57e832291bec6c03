package io.weir.cli.command;

import io.weir.cli.admin.CtlException;
import io.weir.cli.view.AuditRows;
import io.weir.cli.view.Paint;
import io.weir.cli.view.Table;
import io.weir.v1.AuditRequest;
import io.weir.v1.AuditResponse;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows who did what, and who was not let do something. */
@Command(
    name = "audit",
    sortOptions = false,
    description = {
      "Shows who wrote what, and who was refused, newest first.",
      "",
      "Each controller keeps what was done through it, so all of the cluster are asked."
    })
public final class AuditCommand implements Callable<Integer> {
  private static final int MAX_LIMIT = 1_000;

  private final WeirCtl ctl;

  @Option(names = "--refused", description = "Only what was refused.")
  private boolean refused;

  @Option(names = "--here", description = "Only as the controller of --controller knows it.")
  private boolean here;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "20",
      description = "At most so many, 1 to 1000 (default 20).")
  private int limit = 20;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      defaultValue = "text",
      converter = Format.Option.class,
      completionCandidates = Format.Names.class,
      description = "text, json or yaml (default text).")
  private Format format = Format.TEXT;

  public AuditCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    if (limit < 1 || limit > MAX_LIMIT) {
      throw CtlException.error("--limit must be 1 to " + MAX_LIMIT + ", not " + limit);
    }
    AuditRequest request = AuditRequest.newBuilder().setRefused(refused).setLimit(limit).build();
    Audits all = Audits.ask(ctl, request, here);
    AuditResponse response = all.merged(limit);
    all.silent().forEach(ctl.console().err()::println);
    if (format != Format.TEXT) {
      format.print(ctl, response);
    } else if (response.getRecordsCount() == 0) {
      ctl.console().err().println(refused ? "Nobody was refused." : "Nothing was written.");
    } else {
      ctl.out().print(table(response, all.addresses()).render(Paint.PLAIN));
    }
    ctl.out().flush();
    if (response.getDropped() > 0) {
      ctl.console().err().println(response.getDropped() + " more came too fast to be kept.");
    }
    return all.silent().isEmpty() ? 0 : 1;
  }

  private Table table(AuditResponse response, Map<String, String> addresses) {
    return addresses.size() < 2
        ? AuditRows.of(response.getRecordsList(), ctl.now())
        : AuditRows.of(response.getRecordsList(), addresses, ctl.now());
  }
}
