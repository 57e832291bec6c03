package io.weir.controller.admin;

import com.google.protobuf.Timestamp;
import io.weir.controller.admin.Answer.Refusal;
import io.weir.controller.admin.Plan.Item;
import io.weir.controller.model.Config;
import io.weir.controller.model.Kind;
import io.weir.controller.model.Nearest;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.model.Validator;
import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;
import io.weir.v1.Violation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/** Decides what a write would change and whether it may. Pure. */
final class Planner {
  private Planner() {}

  static Answer<Plan> apply(
      Config config, List<Resource> wanted, OptionalLong expected, Timestamp now) {
    Map<ResourceKey, Item> items = new LinkedHashMap<>();
    for (Resource resource : wanted) {
      ResourceKey.of(resource)
          .filter(key -> key.kind().declared())
          .ifPresent(
              key -> items.put(key, Item.put(key, config.resources().get(key), resource, now)));
    }
    Plan plan = new Plan(List.copyOf(items.values()));
    List<Violation> violations = Validator.check(wanted, plan.appliedTo(config));
    if (!violations.isEmpty()) {
      return Answer.refused(new Refusal.Invalid(violations));
    }
    List<String> stale = new ArrayList<>();
    for (Resource resource : wanted) {
      long own = resource.getMetadata().getRevision();
      ResourceKey.of(resource)
          .ifPresent(key -> {
            Optional<Resource> is = config.get(key);
            expected.ifPresent(revision -> stale(key, is, revision).ifPresent(stale::add));
            if (own > 0 && (expected.isEmpty() || expected.getAsLong() != own)) {
              stale(key, is, own).ifPresent(stale::add);
            }
          });
    }
    return stale.isEmpty() ? Answer.done(plan) : stale(stale);
  }

  static Answer<Plan> delete(Config config, List<ResourceRef> refs, OptionalLong expected) {
    Set<ResourceKey> keys = new LinkedHashSet<>();
    List<String> missing = new ArrayList<>();
    List<String> stale = new ArrayList<>();
    List<Item> items = new ArrayList<>();
    for (ResourceRef ref : refs) {
      ResourceKey key = ResourceKey.of(ref).orElseThrow();
      if (keys.add(key)) {
        Optional<Resource> is = config.get(key);
        is.ifPresentOrElse(
            resource -> items.add(Item.delete(key, resource)),
            () -> missing.add(missing(config, key)));
        expected.ifPresent(revision -> stale(key, is, revision).ifPresent(stale::add));
      }
    }
    if (!missing.isEmpty()) {
      return Answer.refused(new Refusal.Missing(String.join("; ", missing)));
    }
    if (!stale.isEmpty()) {
      return stale(stale);
    }
    Plan plan = new Plan(items);
    List<Violation> violations = Validator.checkDeletion(keys, plan.appliedTo(config));
    return violations.isEmpty()
        ? Answer.done(plan)
        : Answer.refused(new Refusal.Breaking(violations));
  }

  /**
   * @param only empty: everything
   * @param expected of the one resource, or of the newest write
   */
  static Answer<Plan> rollback(
      Config config,
      Config target,
      Optional<ResourceKey> only,
      long revision,
      OptionalLong expected,
      Timestamp now) {
    if (expected.isPresent()) {
      Optional<String> stale =
          only.isPresent()
              ? stale(only.get(), config.get(only.get()), expected.getAsLong())
              : config.revision() == expected.getAsLong()
                  ? Optional.empty()
                  : Optional.of(
                      "the newest write was expected to be revision %d but is %d"
                          .formatted(expected.getAsLong(), config.revision()));
      if (stale.isPresent()) {
        return stale(List.of(stale.get()));
      }
    }
    if (only.isPresent() && config.get(only.get()).isEmpty() && target.get(only.get()).isEmpty()) {
      return Answer.refused(
          new Refusal.Missing(
              "%s exists neither now nor at revision %d".formatted(only.get(), revision)));
    }
    Set<ResourceKey> keys = new TreeSet<>(config.resources().keySet());
    keys.addAll(target.resources().keySet());
    List<Item> items = new ArrayList<>();
    List<Resource> written = new ArrayList<>();
    for (ResourceKey key : keys) {
      if (only.isPresent() && !only.get().equals(key)) {
        continue;
      }
      Resource before = config.resources().get(key);
      Resource wanted = target.resources().get(key);
      if (wanted != null) {
        Item item = Item.put(key, before, wanted, now);
        if (item.isWritten() || only.isPresent()) {
          items.add(item);
          written.add(wanted);
        }
      } else if (before != null) {
        items.add(Item.delete(key, before));
      }
    }
    Plan plan = new Plan(items);
    List<Violation> violations = Validator.check(written, plan.appliedTo(config));
    return violations.isEmpty()
        ? Answer.done(plan)
        : Answer.refused(new Refusal.Breaking(violations));
  }

  static String missing(Config config, ResourceKey key) {
    return Nearest.missing(key, config.names(key.kind()).toList());
  }

  /** Why the references cannot be meant, if so. */
  static Optional<Refusal> unknownKind(List<ResourceRef> refs) {
    return refs.stream()
        .filter(ref -> Kind.of(ref.getKind()).isEmpty())
        .findFirst()
        .map(ref -> unknownKind(ref.getKind()));
  }

  static Refusal unknownKind(String kind) {
    String shown = kind.length() > 60 ? kind.substring(0, 60) + "…" : kind;
    return new Refusal.Malformed(
        "there is no kind \"%s\"; the kinds are %s".formatted(shown, Kind.all()));
  }

  private static Optional<String> stale(ResourceKey key, Optional<Resource> is, long expected) {
    long revision = is.map(resource -> resource.getMetadata().getRevision()).orElse(0L);
    if (revision == expected) {
      return Optional.empty();
    }
    if (revision == 0) {
      return Optional.of(
          "%s was expected at revision %d but does not exist".formatted(key, expected));
    }
    return Optional.of(
        expected == 0
            ? "%s was expected not to exist but is at revision %d".formatted(key, revision)
            : "%s was expected at revision %d but is at revision %d"
                .formatted(key, expected, revision));
  }

  private static Answer<Plan> stale(List<String> stale) {
    return Answer.refused(
        new Refusal.Stale(
            String.join("; ", stale) + "; get it again, redo the change and apply that"));
  }
}
