package io.weir.controller.store;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import io.weir.controller.store.Store.Write;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of one transaction in the embedded store's event log: for each write a put flag, the
 * key, and with a put the value, in protobuf's primitive encodings.
 */
final class EventCodec {
  private EventCodec() {}

  static byte[] encode(List<Write> writes) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      for (Write write : writes) {
        switch (write) {
          case Write.Put(String key, ByteString value) -> {
            out.writeBoolNoTag(true);
            out.writeStringNoTag(key);
            out.writeBytesNoTag(value);
          }
          case Write.Delete(String key) -> {
            out.writeBoolNoTag(false);
            out.writeStringNoTag(key);
          }
        }
      }
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static List<Write> decode(byte[] bytes) throws IOException {
    CodedInputStream in = CodedInputStream.newInstance(bytes);
    List<Write> writes = new ArrayList<>();
    while (!in.isAtEnd()) {
      if (in.readBool()) {
        writes.add(new Write.Put(in.readString(), in.readBytes()));
      } else {
        writes.add(new Write.Delete(in.readString()));
      }
    }
    return List.copyOf(writes);
  }
}
