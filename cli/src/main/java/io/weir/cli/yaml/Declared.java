package io.weir.cli.yaml;

import io.weir.v1.Resource;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A resource as read, which still knows where in its file each field stands. */
public final class Declared {
  private static final Pattern STEP = Pattern.compile("\\.?([^.\\[\\]]+)|\\[([^\\]]*)\\]");

  private final Resource resource;
  private final String file;
  private final Yaml.Mapping node;

  Declared(Resource resource, String file, Yaml.Mapping node) {
    this.resource = resource;
    this.file = file;
    this.node = node;
  }

  public Resource resource() {
    return resource;
  }

  public String file() {
    return file;
  }

  /** Message name of its kind, as in "Pool". */
  public String kind() {
    return ResourceReader.kindOf(resource);
  }

  public String name() {
    return resource.getMetadata().getName();
  }

  /** Where the resource begins. */
  Place at() {
    return node.at();
  }

  /**
   * The problem that {@code field} (a path such as "endpoints[1].weight") has for {@code reason}.
   */
  public Problem problem(String field, String reason) {
    String resourceName = kind() + "/" + name();
    String subject = field.isEmpty() ? resourceName : resourceName + ": " + field;
    return new Problem(file, place(field), subject, reason);
  }

  /** Of the field's value, or of the closest thing around it that the file has. */
  Place place(String field) {
    Yaml current = node;
    Place at = node.at();
    Matcher step = STEP.matcher(field);
    int end = 0;
    while (end < field.length() && step.find(end) && step.start() == end) {
      end = step.end();
      String name = step.group(1) != null ? step.group(1) : step.group(2);
      Optional<Found> next = descend(current, name);
      if (next.isEmpty()) {
        break;
      }
      current = next.get().node();
      at = next.get().at();
    }
    return at;
  }

  private record Found(Yaml node, Place at) {}

  private static Optional<Found> descend(Yaml from, String step) {
    return switch (from) {
      case Yaml.Scalar scalar -> Optional.empty();
      case Yaml.Mapping mapping ->
          mapping
              .find(step)
              .map(entry ->
                  new Found(
                      entry.value(),
                      entry.value() instanceof Yaml.Scalar scalar && !Yaml.isNull(scalar)
                          ? scalar.at()
                          : entry.key().at()));
      case Yaml.Sequence sequence -> {
        if (!step.matches("[0-9]{1,9}") || Integer.parseInt(step) >= sequence.items().size()) {
          yield Optional.empty();
        }
        Yaml item = sequence.items().get(Integer.parseInt(step));
        yield Optional.of(new Found(item, item.at()));
      }
    };
  }
}
