package io.weir.controller.model;

import io.weir.v1.Hello;
import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;
import io.weir.v1.RolloutPlan;
import io.weir.v1.Violation;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds everything that is wrong with a change, at once: each finding with its resource and the
 * path of its field. At most {@link #MAX_VIOLATIONS}, then one that counts the rest.
 */
public final class Validator {
  public static final int MAX_VIOLATIONS = 100;

  /** So that a resource and the one it replaces fit into one transaction of the store. */
  public static final int MAX_RESOURCE_BYTES = 640 << 10;

  public static final int MAX_RESOURCES = 10_000;

  /** What an agent takes in one message, with room to spare. */
  public static final long MAX_CONFIG_BYTES = 32L << 20;

  /** Of what makes it too big. */
  private static final int NAMED = 3;

  private Validator() {}

  /**
   * @param written each of them is checked by itself, in this order
   * @param result the whole configuration as it would be, in which everything must fit together
   */
  public static List<Violation> check(List<Resource> written, Config result) {
    Problems problems = new Problems(MAX_VIOLATIONS);
    Map<ResourceKey, Integer> seen = new HashMap<>();
    for (int i = 0; i < written.size(); i++) {
      Resource resource = written.get(i);
      Problems.On on = problems.on(ref(resource));
      Optional<ResourceKey> key = ResourceKey.of(resource);
      resource(resource, on);
      if (key.isPresent()) {
        Integer other = seen.putIfAbsent(key.get(), i);
        if (other != null) {
          on.add(
              "",
              "is in this request twice, as number %d and number %d; name it once"
                  .formatted(other + 1, i + 1));
        }
      }
    }
    ReferenceRules.check(result, new LinkedHashSet<>(seen.keySet()), problems);
    total(result, problems);
    return problems.all();
  }

  /**
   * @param result the whole configuration without {@code deleted}
   * @return what still refers to them, each named for the one deleted
   */
  public static List<Violation> checkDeletion(Set<ResourceKey> deleted, Config result) {
    Problems problems = new Problems(MAX_VIOLATIONS);
    ReferenceRules.dangling(result, deleted, problems);
    return problems.all();
  }

  /** Of a plan by which a change is to go out, with paths below it. */
  public static List<Violation> check(RolloutPlan plan) {
    Problems problems = new Problems(MAX_VIOLATIONS);
    RolloutRules.check(plan, problems.on(ResourceRef.getDefaultInstance()));
    return problems.all();
  }

  /** Of the name and labels that an agent says hello with. */
  public static List<Violation> check(Hello hello) {
    Problems problems = new Problems(MAX_VIOLATIONS);
    Problems.On on = problems.on(ResourceRef.newBuilder().setKind(Kind.AGENT.label()).build());
    MetadataRules.name(hello.getAgent(), on);
    MetadataRules.labels("labels", hello.getLabelsMap(), on);
    if (hello.getInstance().isEmpty() || hello.getInstance().length() > 128) {
      on.add("instance", "must be 1 to 128 characters");
    }
    if (hello.getVersion().length() > 128) {
      on.add("version", "must be at most 128 characters");
    }
    if (hello.getRevision() < 0) {
      on.add("revision", "must not be below 0");
    }
    return problems.all();
  }

  private static void resource(Resource resource, Problems.On on) {
    switch (resource.getKindCase()) {
      case POOL -> PoolRules.check(resource.getPool().getSpec(), on);
      case LISTENER -> ListenerRules.check(resource.getListener().getSpec(), on);
      case ROUTE -> ListenerRules.check(resource.getRoute().getSpec(), on);
      case ROLLOUT -> RolloutRules.check(resource.getRollout().getSpec(), on);
      case SCALER -> ScalerRules.check(resource.getScaler().getSpec(), on);
      case AGENT -> {
        on.add("", "is an agent; agents register themselves when they connect and are not applied");
        return;
      }
      case KIND_NOT_SET -> {
        on.add("", "has no kind that this controller knows; it knows " + Kind.all());
        return;
      }
    }
    MetadataRules.check(resource.getMetadata(), on);
    int bytes = resource.getSerializedSize();
    if (bytes > MAX_RESOURCE_BYTES) {
      on.add("", "is %d bytes; at most %d".formatted(bytes, MAX_RESOURCE_BYTES));
    }
  }

  private static void total(Config result, Problems problems) {
    int count = result.resources().size();
    if (count > MAX_RESOURCES) {
      problems.add(
          ResourceRef.getDefaultInstance(),
          "",
          "there would be %d resources; at most %d".formatted(count, MAX_RESOURCES));
    }
    long bytes = 0;
    for (Resource resource : result.resources().values()) {
      bytes += resource.getSerializedSize();
    }
    if (bytes > MAX_CONFIG_BYTES) {
      problems.add(
          ResourceRef.getDefaultInstance(),
          "",
          "the configuration would be %d bytes; at most %d; the biggest are %s"
              .formatted(bytes, MAX_CONFIG_BYTES, biggest(result)));
    }
  }

  private static String biggest(Config result) {
    return result.resources().entrySet().stream()
        .sorted(
            Comparator.comparingInt(
                    (Map.Entry<ResourceKey, Resource> each) -> each.getValue().getSerializedSize())
                .reversed())
        .limit(NAMED)
        .map(each -> "%s (%d)".formatted(each.getKey(), each.getValue().getSerializedSize()))
        .collect(Collectors.joining(", "));
  }

  private static ResourceRef ref(Resource resource) {
    String name = resource.getMetadata().getName();
    return ResourceRef.newBuilder()
        .setKind(Kind.of(resource).map(Kind::label).orElse(""))
        .setName(name.substring(0, Math.min(name.length(), 64)))
        .build();
  }
}
