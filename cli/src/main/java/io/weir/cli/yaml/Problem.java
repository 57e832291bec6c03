package io.weir.cli.yaml;

/**
 * One thing wrong with an input.
 *
 * @param subject resource and field as far as known, as in "Pool/backend: endpoints[1].weight"; may
 *     be empty
 * @param reason what is wrong and what would be right
 */
public record Problem(String file, Place at, String subject, String reason) {
  @Override
  public String toString() {
    String where = file + ":" + at.line() + ":" + at.column() + ": ";
    return subject.isEmpty() ? where + reason : where + subject + ": " + reason;
  }
}
