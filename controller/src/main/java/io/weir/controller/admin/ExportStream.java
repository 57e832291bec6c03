package io.weir.controller.admin;

import com.google.protobuf.Timestamp;
import io.grpc.stub.ServerCallStreamObserver;
import io.weir.controller.store.Store;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Listing;
import io.weir.controller.store.Transfer;
import io.weir.v1.ExportEntries;
import io.weir.v1.ExportHeader;
import io.weir.v1.ExportPart;
import io.weir.v1.ExportTrailer;
import java.time.Instant;
import java.util.Iterator;

/** One who is sent all that the store holds, as fast as it is taken. */
final class ExportStream {
  /** A part is sent once it has so much; its last entry may have a mebibyte more. */
  private static final int PART_BYTES = 512 << 10;

  static final int FORMAT = 1;

  private final ServerCallStreamObserver<ExportPart> responses;
  private final Transfer.Checksum checksum = new Transfer.Checksum();
  private final Listing listing;
  private final Iterator<Entry> left;
  private boolean done;

  /** Blocks. */
  ExportStream(
      Store store, String cluster, Instant now, ServerCallStreamObserver<ExportPart> responses) {
    this.responses = responses;
    this.listing = Transfer.export(store);
    this.left = listing.entries().iterator();
    responses.onNext(
        ExportPart.newBuilder()
            .setHeader(
                ExportHeader.newBuilder()
                    .setFormat(FORMAT)
                    .setCluster(cluster)
                    .setEpoch(store.epoch())
                    .setRevision(listing.revision())
                    .setTime(
                        Timestamp.newBuilder()
                            .setSeconds(now.getEpochSecond())
                            .setNanos(now.getNano())))
            .build());
  }

  /** Sends what can be sent now. */
  synchronized void flush() {
    while (!done && responses.isReady()) {
      if (left.hasNext()) {
        responses.onNext(ExportPart.newBuilder().setEntries(next()).build());
      } else {
        done = true;
        responses.onNext(
            ExportPart.newBuilder()
                .setTrailer(
                    ExportTrailer.newBuilder()
                        .setEntries(listing.entries().size())
                        .setSha256(checksum.sha256()))
                .build());
        responses.onCompleted();
      }
    }
  }

  private ExportEntries next() {
    ExportEntries.Builder part = ExportEntries.newBuilder();
    int bytes = 0;
    while (left.hasNext() && bytes < PART_BYTES) {
      Entry entry = left.next();
      part.addEntriesBuilder()
          .setKey(entry.key())
          .setValue(entry.value())
          .setRevision(entry.revision());
      checksum.add(entry.key(), entry.value(), entry.revision());
      bytes += entry.key().length() + entry.value().size();
    }
    return part.build();
  }
}
