package io.weir.cli.yaml;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.weir.v1.Metadata;
import io.weir.v1.Resource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Reads resources out of any number of sources. Not thread-safe.
 *
 * <p>Whoever reads the bytes keeps all sources together within {@link #MAX_BYTES}.
 */
public final class ResourceReader {
  public static final int MAX_BYTES = 8 << 20;

  private final List<Declared> resources = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();
  private final Map<String, Declared> byName = new HashMap<>();

  /** In the order of the input; with any problem, not all of them. */
  public List<Declared> resources() {
    return List.copyOf(resources);
  }

  /** Everything that is wrong, in the order of the input. */
  public List<Problem> problems() {
    return List.copyOf(problems);
  }

  public ResourceReader read(Source source) {
    YamlParser.Result parsed = YamlParser.parse(source);
    for (Yaml document : parsed.documents()) {
      document(source.name(), document);
    }
    parsed.problem().ifPresent(problems::add);
    return this;
  }

  /** Message name of its kind, as in "Pool"; empty when it has none. */
  public static String kindOf(Resource resource) {
    return FlatForm.kinds().stream()
        .filter(resource::hasField)
        .map(field -> field.getMessageType().getName())
        .findFirst()
        .orElse("");
  }

  private void document(String file, Yaml document) {
    if (Yaml.isNull(document)) {
      return; // as between two "---"
    }
    if (!(document instanceof Yaml.Mapping mapping)) {
      problem(
          file,
          document.at(),
          "",
          "expected a resource (a mapping with kind and name), not " + document.describe());
      return;
    }
    boolean list =
        mapping.find(FlatForm.KIND).filter(kind -> isText(kind.value(), "List")).isPresent();
    if (!list) {
      resource(file, mapping);
      return;
    }
    for (Yaml.Entry entry : mapping.entries()) {
      if (entry.key().text().equals("items") && entry.value() instanceof Yaml.Sequence items) {
        items.items().forEach(item -> document(file, item));
      } else if (!entry.key().text().equals(FlatForm.KIND)) {
        problem(file, entry.key().at(), "List", "expected kind and a list of items only");
      }
    }
  }

  private void resource(String file, Yaml.Mapping mapping) {
    Optional<FieldDescriptor> kind = kind(file, mapping);
    if (kind.isEmpty()) {
      return;
    }
    String kindName = kind.get().getMessageType().getName();
    Optional<String> name =
        mapping
            .find("name")
            .map(Yaml.Entry::value)
            .filter(
                value -> value instanceof Yaml.Scalar text && text.type() == Yaml.Scalar.Type.TEXT)
            .map(value -> ((Yaml.Scalar) value).text());
    String subject = name.filter(n -> !n.isEmpty()).map(n -> kindName + "/" + n).orElse(kindName);
    int before = problems.size();
    MessageReader reader =
        new MessageReader((at, path, reason) -> problem(file, at, subject + ": " + path, reason));
    if (mapping.find("name").isEmpty() || name.filter(String::isEmpty).isPresent()) {
      problem(file, mapping.at(), subject, "name is missing");
    }
    Resource resource = body(mapping, kind.get(), reader);
    Declared declared = new Declared(resource, file, mapping);
    Declared first = name.isPresent() ? byName.putIfAbsent(subject, declared) : null;
    if (first != null) {
      problem(
          file,
          mapping.at(),
          subject,
          "given twice; first at " + first.file() + ":" + first.at().line());
    }
    if (problems.size() == before) {
      resources.add(declared);
    }
  }

  private Optional<FieldDescriptor> kind(String file, Yaml.Mapping mapping) {
    Optional<Yaml.Entry> entry = mapping.find(FlatForm.KIND);
    List<String> kinds = FlatForm.appliedKinds();
    if (entry.isEmpty()) {
      problem(file, mapping.at(), "", "kind is missing; there is " + String.join(", ", kinds));
      return Optional.empty();
    }
    Yaml value = entry.get().value();
    if (!(value instanceof Yaml.Scalar scalar) || scalar.type() != Yaml.Scalar.Type.TEXT) {
      problem(file, value.at(), "kind", "expected text, not " + value.describe());
      return Optional.empty();
    }
    Optional<FieldDescriptor> kind = FlatForm.kind(scalar.text());
    if (kind.isEmpty()) {
      problem(
          file,
          value.at(),
          "kind",
          "unknown kind \"" + scalar.text() + "\"" + Nearest.hint(scalar.text(), kinds));
    } else if (!kinds.contains(scalar.text())) {
      problem(file, value.at(), "kind", "agents register themselves and cannot be applied");
      return Optional.empty();
    }
    return kind;
  }

  private static Resource body(Yaml.Mapping mapping, FieldDescriptor kind, MessageReader reader) {
    Metadata.Builder metadata = Metadata.newBuilder();
    FieldDescriptor specField = kind.getMessageType().findFieldByName("spec");
    Resource.Builder resource = Resource.newBuilder();
    Message.Builder body = resource.newBuilderForField(kind);
    Message.Builder spec = body.newBuilderForField(specField);
    Set<String> seen = new HashSet<>();
    for (Yaml.Entry entry : mapping.entries()) {
      String name = entry.key().text();
      FieldDescriptor inSpec = spec.getDescriptorForType().findFieldByName(name);
      FieldDescriptor inHeader =
          FlatForm.DECLARED_HEADER.contains(name) || name.equals(FlatForm.REVISION)
              ? Metadata.getDescriptor().findFieldByName(name)
              : null;
      if (!reader.unique(seen, entry, "")) {
        continue;
      }
      if (inHeader != null) {
        reader.field(entry.value(), inHeader, metadata, name);
      } else if (inSpec != null) {
        reader.field(entry.value(), inSpec, spec, name);
      } else if (!name.equals(FlatForm.KIND) && !FlatForm.OUTPUT.contains(name)) {
        reader.unknown(entry, fieldNames(spec));
      }
    }
    return resource
        .setMetadata(metadata)
        .setField(kind, body.setField(specField, spec.build()).build())
        .build();
  }

  private static List<String> fieldNames(Message.Builder spec) {
    return Stream.concat(
            FlatForm.DECLARED_HEADER.stream(),
            spec.getDescriptorForType().getFields().stream().map(FieldDescriptor::getName))
        .toList();
  }

  private static boolean isText(Yaml node, String text) {
    return node instanceof Yaml.Scalar scalar && scalar.text().equals(text);
  }

  private void problem(String file, Place at, String subject, String reason) {
    problems.add(new Problem(file, at, subject, reason));
  }
}
