package io.weir.controller.snapshot;

import com.google.protobuf.ByteString;
import io.weir.controller.model.ResourceKey;
import io.weir.v1.Resource;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * One resource as agents are given it, and its bytes, which are made once. Equal when the resource
 * is. For one thread at a time.
 */
public final class Piece {
  private final ResourceKey key;
  private final Resource resource;
  private @Nullable ByteString bytes;
  private byte @Nullable [] digest;

  Piece(ResourceKey key, Resource resource) {
    this.key = key;
    this.resource = resource;
  }

  public ResourceKey key() {
    return key;
  }

  /** Bare of status and of all metadata but the name. */
  public Resource resource() {
    return resource;
  }

  /** As a weir.v1.Resource; {@code made} is run when they had to be made. */
  public ByteString bytes(Runnable made) {
    if (bytes == null) {
      bytes = resource.toByteString();
      made.run();
    }
    return bytes;
  }

  /** Of the bytes, worked out once, by {@code with}; {@code made} as for {@link #bytes}. */
  byte[] digest(MessageDigest with, Runnable made) {
    if (digest == null) {
      with.update(bytes(made).asReadOnlyByteBuffer());
      digest = with.digest();
    }
    return digest;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other || other instanceof Piece that && resource.equals(that.resource);
  }

  @Override
  public int hashCode() {
    return resource.hashCode();
  }

  @Override
  public String toString() {
    return key.toString();
  }
}
