package io.weir.cli.command;

import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.Failures;
import io.weir.cli.admin.Kind;
import io.weir.cli.admin.Ref;
import io.weir.v1.Resource;
import io.weir.v1.WatchEvent;
import io.weir.v1.WatchRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Follows one kind until the stream ends. */
final class Watching {
  private final Connection connection;
  private final Printer printer;

  Watching(Connection connection, Printer printer) {
    this.connection = connection;
    this.printer = printer;
  }

  /** Returns when the controller ends the stream in good order. */
  void run(Targets targets, Map<String, String> labels) {
    Kind kind = targets.kinds().getFirst();
    List<Ref> refs = targets.refs();
    WatchRequest request =
        WatchRequest.newBuilder()
            .setKind(kind.title())
            .setName(refs.size() == 1 ? refs.getFirst().name() : "")
            .putAllLabels(labels)
            .build();
    BlockingClientCall<?, WatchEvent> call = connection.streams().watch(request);
    try {
      printer.begin(kind, existing(call, refs));
      for (WatchEvent event = call.read(); event != null; event = call.read()) {
        if (event.getType() != WatchEvent.Type.TYPE_BOOKMARK && wanted(event, refs)) {
          printer.change(event.getResource(), event.getType() == WatchEvent.Type.TYPE_DELETED);
        }
      }
    } catch (TimeoutException e) {
      throw Failures.late(connection.address().toString(), connection.timeout());
    } catch (StatusException e) {
      throw Failures.explain(e, connection.address().toString(), connection.timeout());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CtlException.told();
    } finally {
      call.cancel("the command is over", null);
    }
  }

  /** All up to the bookmark, which has to come in time: an idle stream is no sign of life. */
  private List<Resource> existing(BlockingClientCall<?, WatchEvent> call, List<Ref> refs)
      throws InterruptedException, TimeoutException, StatusException {
    List<Resource> resources = new ArrayList<>();
    while (true) {
      @Nullable WatchEvent event = call.read(connection.timeout().toNanos(), TimeUnit.NANOSECONDS);
      if (event == null || event.getType() == WatchEvent.Type.TYPE_BOOKMARK) {
        return resources;
      }
      if (wanted(event, refs)) {
        resources.add(event.getResource());
      }
    }
  }

  private static boolean wanted(WatchEvent event, List<Ref> refs) {
    return refs.isEmpty() || refs.contains(Ref.of(event.getResource()));
  }
}
