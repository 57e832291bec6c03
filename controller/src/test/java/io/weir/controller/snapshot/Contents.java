package io.weir.controller.snapshot;

import io.weir.controller.model.ResourceKey;
import io.weir.v1.Resource;
import java.util.SortedMap;
import java.util.TreeMap;

/** Contents of given resources. */
public final class Contents {
  private Contents() {}

  public static Content of(Resource... resources) {
    SortedMap<ResourceKey, Piece> pieces = new TreeMap<>();
    for (Resource resource : resources) {
      ResourceKey key = ResourceKey.of(resource).orElseThrow();
      pieces.put(key, new Piece(key, resource));
    }
    return new Content(pieces);
  }
}
