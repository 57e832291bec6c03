package io.weir.controller.reconcile;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.snapshot.AgentSnapshot;
import io.weir.controller.snapshot.Content;
import io.weir.controller.snapshot.Piece;
import io.weir.controller.snapshot.SnapshotDelta;
import io.weir.controller.snapshot.SnapshotSigner;
import io.weir.v1.ControllerMessage;
import io.weir.v1.Delta;
import io.weir.v1.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What is sent to agents of configuration, as bytes that all streams share: a message is made once
 * for each pair of revisions of a group, its inner part once for all groups that it is the same
 * for, and a resource once. Confined to the loop's thread.
 */
final class Wire {
  private static final int MESSAGES = 256;
  private static final int BODIES = 16;

  private final String epoch;
  private final LongSupplier term;
  private final SnapshotSigner signer;
  private final Serializations serializations;
  private final Map<Step, Encoded> messages = bounded(MESSAGES);
  private final Map<Change, ByteString> bodies = bounded(BODIES);
  private final Map<Signed, ByteString> signatures = bounded(MESSAGES);

  /** {@code base} 0: whole. */
  private record Step(String from, String scope, long term, long base, long next) {}

  private record Signed(Content content, long revision) {}

  private record Change(Content base, Content next) {}

  /**
   * @param term of whoever leads; 0: nobody
   */
  Wire(String epoch, LongSupplier term, SnapshotSigner signer, Serializations serializations) {
    this.epoch = epoch;
    this.term = term;
    this.signer = signer;
    this.serializations = serializations;
  }

  private static <K, V> Map<K, V> bounded(int most) {
    return new LinkedHashMap<>(16, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
      }
    };
  }

  Encoded snapshot(AgentSnapshot snapshot) {
    return once(
        new Step("", snapshot.scope(), term.getAsLong(), 0, snapshot.revision()),
        () ->
            message(
                ControllerMessage.SNAPSHOT_FIELD_NUMBER,
                Snapshot.newBuilder()
                    .setEpoch(epoch)
                    .setTerm(term.getAsLong())
                    .setRevision(snapshot.revision())
                    .setScope(snapshot.scope())
                    .setStaged(!snapshot.staged().isEmpty())
                    .setSignature(signature(snapshot))
                    .build()
                    .toByteString(),
                resources(Snapshot.RESOURCES_FIELD_NUMBER, snapshot.content().pieces().values())));
  }

  Encoded delta(AgentSnapshot base, AgentSnapshot next) {
    return once(
        new Step(base.scope(), next.scope(), term.getAsLong(), base.revision(), next.revision()),
        () ->
            message(
                ControllerMessage.DELTA_FIELD_NUMBER,
                Delta.newBuilder()
                    .setEpoch(epoch)
                    .setTerm(term.getAsLong())
                    .setBaseRevision(base.revision())
                    .setRevision(next.revision())
                    .setScope(next.scope())
                    .setBaseScope(base.scope().equals(next.scope()) ? "" : base.scope())
                    .setStaged(!next.staged().isEmpty())
                    .setSignature(signature(next))
                    .build()
                    .toByteString(),
                bodies.computeIfAbsent(new Change(base.content(), next.content()), this::body)));
  }

  private ByteString signature(AgentSnapshot snapshot) {
    return signatures.computeIfAbsent(
        new Signed(snapshot.content(), snapshot.revision()),
        _ -> signer.sign(epoch, snapshot, serializations::resource));
  }

  private Encoded once(Step step, Supplier<Encoded> make) {
    Encoded known = messages.get(step);
    if (known == null) {
      known = make.get();
      serializations.message();
      messages.put(step, known);
    }
    serializations.sent();
    return known;
  }

  private ByteString body(Change change) {
    SnapshotDelta delta = SnapshotDelta.between(change.base(), change.next());
    return resources(Delta.CHANGED_FIELD_NUMBER, delta.changed())
        .concat(
            Delta.newBuilder()
                .addAllRemoved(delta.removed().stream().map(ResourceKey::ref).toList())
                .addAllPatches(delta.patches())
                .build()
                .toByteString());
  }

  /** As the elements of a repeated field. */
  private ByteString resources(int field, Collection<Piece> pieces) {
    int size = 0;
    for (Piece piece : pieces) {
      size += CodedOutputStream.computeBytesSize(field, piece.bytes(serializations::resource));
    }
    return written(
        size,
        out -> {
          for (Piece piece : pieces) {
            // An embedded message is on the wire what its bytes would be.
            out.writeBytes(field, piece.bytes(serializations::resource));
          }
        });
  }

  /** Fields of a message may be one after the other in any order (protobuf, "Encoding"). */
  private static Encoded message(int field, ByteString head, ByteString body) {
    int length = head.size() + body.size();
    int size =
        CodedOutputStream.computeTagSize(field)
            + CodedOutputStream.computeUInt32SizeNoTag(length)
            + length;
    return new Encoded(
        written(
            size,
            out -> {
              out.writeTag(field, 2); // length-delimited
              out.writeUInt32NoTag(length);
              out.writeRawBytes(head);
              out.writeRawBytes(body);
            }),
        true);
  }

  private interface Writer {
    void write(CodedOutputStream out) throws IOException;
  }

  private static ByteString written(int size, Writer writer) {
    byte[] bytes = new byte[size];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      writer.write(out);
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return UnsafeByteOperations.unsafeWrap(bytes);
  }
}
