package io.weir.controller.stream;

import com.google.protobuf.ByteString;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.weir.controller.reconcile.Encoded;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Hands the bytes of a message to the transport as they are. */
final class EncodedMarshaller implements MethodDescriptor.Marshaller<Encoded> {
  @Override
  public InputStream stream(Encoded message) {
    return new Bytes(message.bytes());
  }

  @Override
  public Encoded parse(InputStream stream) {
    try {
      return new Encoded(ByteString.readFrom(stream), false);
    } catch (IOException e) {
      throw Status.INTERNAL.withCause(e).asRuntimeException();
    }
  }

  /** What the transport takes without copying twice. */
  private static final class Bytes extends InputStream implements Drainable, KnownLength {
    private final ByteString bytes;
    private int position;

    Bytes(ByteString bytes) {
      this.bytes = bytes;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int left = available();
      bytes.substring(position).writeTo(target);
      position = bytes.size();
      return left;
    }

    @Override
    public int available() {
      return bytes.size() - position;
    }

    @Override
    public int read() {
      return position < bytes.size() ? bytes.byteAt(position++) & 0xFF : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (length == 0) {
        return 0;
      }
      int count = Math.min(length, available());
      if (count == 0) {
        return -1;
      }
      bytes.substring(position, position + count).copyTo(target, offset);
      position += count;
      return count;
    }
  }
}
