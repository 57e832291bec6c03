package io.weir.controller.admin;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weir.controller.store.Store;
import io.weir.controller.store.StoreException;
import io.weir.v1.ExportPart;
import io.weir.v1.ImportResponse;
import java.time.InstantSource;

/** Moves from one store to another: all out of this one, or all into it. */
public final class Transfers {
  private final Store store;
  private final String cluster;
  private final Runnable imported;
  private final InstantSource clock;

  /**
   * @param imported called when the store has other data than it was opened with
   */
  public Transfers(Store store, String cluster, Runnable imported, InstantSource clock) {
    this.store = store;
    this.cluster = cluster;
    this.imported = imported;
    this.clock = clock;
  }

  /** Blocks, while the store is read. */
  void export(StreamObserver<ExportPart> responses) {
    ServerCallStreamObserver<ExportPart> calls = (ServerCallStreamObserver<ExportPart>) responses;
    ExportStream stream;
    try {
      stream = new ExportStream(store, cluster, clock.instant(), calls);
    } catch (StoreException e) {
      calls.onError(StatusMapper.exception(e));
      return;
    }
    calls.setOnReadyHandler(stream::flush);
    stream.flush();
  }

  StreamObserver<ExportPart> take(StreamObserver<ImportResponse> response) {
    return new ImportStream(store, cluster, imported, response);
  }
}
