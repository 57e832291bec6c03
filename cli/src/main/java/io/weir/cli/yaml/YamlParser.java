package io.weir.cli.yaml;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Text to trees. Bounded whatever the text is: in depth, and in the number of nodes once every
 * alias is written out, so that a walk over the result is bounded too.
 */
final class YamlParser {
  private static final int MAX_DEPTH = 64;

  /** Every node takes two characters or more, so without aliases no accepted input has more. */
  private static final long MAX_NODES = ResourceReader.MAX_BYTES / 2;

  private final Iterator<Event> events;
  private final Map<Anchor, Anchored> anchors = new HashMap<>();
  private long nodes;

  private YamlParser(Iterator<Event> events) {
    this.events = events;
  }

  /** {@code nodes}: how many there are in it, itself included. */
  private record Anchored(Yaml node, long nodes) {}

  /** All documents up to the first problem, and that problem. */
  record Result(List<Yaml> documents, Optional<Problem> problem) {}

  static Result parse(Source source) {
    List<Yaml> documents = new ArrayList<>();
    try {
      LoadSettings settings =
          LoadSettings.builder().setCodePointLimit(ResourceReader.MAX_BYTES).build();
      new YamlParser(new Parse(settings).parseString(source.text()).iterator()).read(documents);
      return new Result(documents, Optional.empty());
    } catch (Unreadable e) {
      return new Result(documents, Optional.of(new Problem(source.name(), e.at, "", e.reason)));
    } catch (MarkedYamlEngineException e) {
      Place at =
          e.getProblemMark().or(e::getContextMark).map(YamlParser::place).orElse(Place.START);
      return new Result(documents, Optional.of(new Problem(source.name(), at, "", sentence(e))));
    } catch (ReaderException e) {
      return new Result(
          documents,
          Optional.of(
              new Problem(
                  source.name(),
                  placeOf(source.text(), e.getPosition()),
                  "",
                  "the character U+%04X is not allowed in YAML".formatted(e.getCodePoint()))));
    } catch (YamlEngineException e) {
      return new Result(
          documents,
          Optional.of(new Problem(source.name(), Place.START, "", String.valueOf(e.getMessage()))));
    }
  }

  private void read(List<Yaml> documents) {
    while (events.hasNext()) {
      Event event = events.next();
      switch (event.getEventId()) {
        case DocumentStart -> {
          anchors.clear();
          documents.add(node(events.next(), 0));
        }
        case StreamStart,
            StreamEnd,
            DocumentEnd,
            Comment,
            Alias,
            Scalar,
            SequenceStart,
            SequenceEnd,
            MappingStart,
            MappingEnd -> {}
      }
    }
  }

  private Yaml node(Event event, int depth) {
    Place at = event.getStartMark().map(YamlParser::place).orElse(Place.START);
    if (depth > MAX_DEPTH) {
      throw new Unreadable(at, "nested more than " + MAX_DEPTH + " levels deep");
    }
    if (event instanceof AliasEvent alias) {
      Anchored target = anchors.get(alias.getAlias());
      if (target == null) {
        throw new Unreadable(at, "there is no anchor &" + alias.getAlias() + " before this alias");
      }
      count(target.nodes(), at);
      return target.node();
    }
    long before = nodes;
    count(1, at);
    Yaml node =
        switch (event.getEventId()) {
          case Scalar -> scalar((ScalarEvent) event, at);
          case SequenceStart -> sequence(at, depth);
          case MappingStart -> mapping(at, depth);
          case StreamStart,
              StreamEnd,
              DocumentStart,
              DocumentEnd,
              Comment,
              Alias,
              SequenceEnd,
              MappingEnd ->
              throw new Unreadable(at, "expected a value");
        };
    if (event instanceof NodeEvent anchored) {
      anchored
          .getAnchor()
          .ifPresent(anchor -> anchors.put(anchor, new Anchored(node, nodes - before)));
    }
    return node;
  }

  private static Yaml.Scalar scalar(ScalarEvent event, Place at) {
    if (event.getTag().isPresent()) {
      throw new Unreadable(
          at, "tags such as " + event.getTag().get() + " are not known here; quote what is text");
    }
    return new Yaml.Scalar(at, event.getValue(), event.isPlain());
  }

  private Yaml.Sequence sequence(Place at, int depth) {
    List<Yaml> items = new ArrayList<>();
    for (Event next = events.next();
        next.getEventId() != Event.ID.SequenceEnd;
        next = events.next()) {
      items.add(node(next, depth + 1));
    }
    return new Yaml.Sequence(at, items);
  }

  private Yaml.Mapping mapping(Place at, int depth) {
    List<Yaml.Entry> entries = new ArrayList<>();
    for (Event next = events.next();
        next.getEventId() != Event.ID.MappingEnd;
        next = events.next()) {
      Yaml key = node(next, depth + 1);
      if (!(key instanceof Yaml.Scalar name)) {
        throw new Unreadable(key.at(), "a key must be text, not " + key.describe());
      }
      entries.add(new Yaml.Entry(name, node(events.next(), depth + 1)));
    }
    return new Yaml.Mapping(at, entries);
  }

  private void count(long more, Place at) {
    nodes += more;
    if (nodes > MAX_NODES) {
      throw new Unreadable(at, "too large once its aliases are written out");
    }
  }

  private static Place place(Mark mark) {
    return new Place(mark.getLine() + 1, mark.getColumn() + 1);
  }

  private static Place placeOf(String text, int codePoints) {
    int line = 1;
    int column = 1;
    int index = 0;
    for (int i = 0; i < codePoints && index < text.length(); i++) {
      int codePoint = text.codePointAt(index);
      index += Character.charCount(codePoint);
      column = codePoint == '\n' ? 1 : column + 1;
      line = codePoint == '\n' ? line + 1 : line;
    }
    return new Place(line, column);
  }

  private static String sentence(MarkedYamlEngineException e) {
    String problem = String.valueOf(e.getProblem());
    if (problem.contains("'\\t(TAB)'") || problem.contains("\\t")) {
      return "a tab cannot indent YAML; use spaces";
    }
    return "not valid YAML: "
        + (e.getContext() == null ? problem : e.getContext() + ", " + problem);
  }

  /** Ends the reading of one source. */
  private static final class Unreadable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Place at;
    private final String reason;

    Unreadable(Place at, String reason) {
      super(reason, null, false, false);
      this.at = at;
      this.reason = reason;
    }
  }
}
