package io.weir.agent.model;

import java.util.List;

/**
 * Changes to header fields, applied in this order; names are compared without case.
 *
 * @param remove names of fields to drop
 * @param set fields that replace all of their name; each name once and not in {@code remove}
 * @param add fields to add to those that are there
 */
public record HeaderEdits(List<String> remove, List<Field> set, List<Field> add) {
  public static final HeaderEdits EMPTY = new HeaderEdits(List.of(), List.of(), List.of());

  public HeaderEdits {
    remove = List.copyOf(remove);
    set = List.copyOf(set);
    add = List.copyOf(add);
  }

  /**
   * A header field (RFC 9110 section 5).
   *
   * @param name a token, as declared
   * @param value without control characters; beyond ASCII it is sent as UTF-8
   */
  public record Field(String name, String value) {}
}
