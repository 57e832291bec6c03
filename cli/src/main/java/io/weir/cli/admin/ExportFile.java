package io.weir.cli.admin;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.v1.ExportEntries;
import io.weir.v1.ExportHeader;
import io.weir.v1.ExportPart;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What an export looks like as a file: the line "weir export 1", then every {@link ExportPart},
 * each after its length as protobuf's delimited streams have it.
 */
public final class ExportFile {
  private static final byte[] FIRST_LINE = "weir export 1\n".getBytes(StandardCharsets.US_ASCII);
  private static final int FORMAT = 1;

  private ExportFile() {}

  /** To be called first, and then for each part {@link ExportPart#writeDelimitedTo}. */
  public static void begin(OutputStream out) throws IOException {
    out.write(FIRST_LINE);
  }

  /**
   * All parts of a whole and undamaged export.
   *
   * @param name of the file, for errors
   * @throws CtlException with what is wrong with it
   */
  public static List<ExportPart> read(InputStream file, String name) throws IOException {
    InputStream in = new BufferedInputStream(file);
    byte[] first = in.readNBytes(FIRST_LINE.length);
    if (first.length == 0) {
      throw CtlException.error(name + " is empty");
    }
    if (!Arrays.equals(first, FIRST_LINE)) {
      throw CtlException.error(name + " is no export of Weir; make one with weir ctl export");
    }
    List<ExportPart> parts = new ArrayList<>();
    Checksum checksum = new Checksum();
    try {
      ExportPart part = ExportPart.parseDelimitedFrom(in);
      for (; part != null; part = ExportPart.parseDelimitedFrom(in)) {
        parts.add(part);
        checksum.add(part.getEntries());
      }
    } catch (InvalidProtocolBufferException e) {
      throw damaged(name, e);
    }
    if (parts.isEmpty() || !parts.getFirst().hasHeader() || !parts.getLast().hasTrailer()) {
      throw CtlException.error(name + " is cut off; make another export");
    }
    ExportHeader header = parts.getFirst().getHeader();
    if (header.getFormat() != FORMAT) {
      throw CtlException.error(
          "%s has format %d, this weir knows %d; use the version that made it"
              .formatted(name, header.getFormat(), FORMAT));
    }
    if (!parts.getLast().getTrailer().getSha256().equals(checksum.sha256())) {
      throw CtlException.error(name + " is damaged: its checksum is wrong; make another export");
    }
    return parts;
  }

  private static CtlException damaged(String name, InvalidProtocolBufferException e) {
    boolean cut = String.valueOf(e.getMessage()).contains("ended unexpectedly");
    return CtlException.error(
        name + (cut ? " is cut off" : " is damaged") + "; make another export");
  }

  /** As {@code ExportTrailer.sha256} says. */
  public static final class Checksum {
    private final MessageDigest digest;

    public Checksum() {
      try {
        digest = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }

    public void add(ExportEntries entries) {
      for (ExportEntries.Entry entry : entries.getEntriesList()) {
        bytes(entry.getKeyBytes());
        bytes(entry.getValue());
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(entry.getRevision()).array());
      }
    }

    private void bytes(ByteString bytes) {
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.size()).array());
      digest.update(bytes.asReadOnlyByteBuffer());
    }

    /** Once, at the end. */
    public ByteString sha256() {
      return ByteString.copyFrom(digest.digest());
    }
  }
}
