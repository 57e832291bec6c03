package io.weir.controller.admin;

import io.weir.controller.admin.Answer.Refusal;
import io.weir.controller.model.Config;
import io.weir.controller.model.Kind;
import io.weir.controller.model.ResourceKey;
import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;
import java.util.Optional;

/** What a request names, or why that is nothing. */
final class Asked {
  private static final int DEFAULT_LIMIT = 20;
  private static final int MAX_LIMIT = 1_000;

  private Asked() {}

  static Answer<ResourceKey> key(ResourceRef ref) {
    return ResourceKey.of(ref)
        .map(Answer::done)
        .orElseGet(() -> Answer.refused(Planner.unknownKind(ref.getKind())));
  }

  /** Of something that can be declared. */
  static Answer<ResourceKey> declared(ResourceRef ref) {
    return key(ref)
        .then(key ->
            key.kind().declared()
                ? Answer.done(key)
                : Answer.refused(
                    new Refusal.Malformed("agents have no history; they register themselves")));
  }

  /** Empty: all that can be declared. */
  static Answer<Optional<Kind>> kind(String label) {
    Optional<Kind> kind = Kind.of(label);
    return label.isEmpty() || kind.isPresent()
        ? Answer.done(kind)
        : Answer.refused(Planner.unknownKind(label));
  }

  /**
   * @param asked how many of the newest; 0: the usual
   */
  static Answer<Integer> limit(int asked) {
    int limit = asked == 0 ? DEFAULT_LIMIT : asked;
    return limit < 1 || limit > MAX_LIMIT
        ? Answer.refused(
            new Refusal.Malformed("limit must be 1 to %d, is %d".formatted(MAX_LIMIT, asked)))
        : Answer.done(limit);
  }

  /**
   * @param when a clause behind the reason why it is not there
   */
  static Answer<Resource> found(Config config, ResourceKey key, String when) {
    return config
        .get(key)
        .map(Answer::done)
        .orElseGet(() -> Answer.refused(new Refusal.Missing(Planner.missing(config, key) + when)));
  }
}
