package io.weir.cli.command;

import io.weir.cli.admin.CtlException;
import io.weir.cli.admin.Kind;
import io.weir.cli.admin.Ref;
import io.weir.cli.yaml.Nearest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a command line names.
 *
 * @param kinds the kinds, each once
 * @param refs the resources named; none: all of these kinds
 */
record Targets(List<Kind> kinds, List<Ref> refs) {
  /** {@code KIND [NAME...]}, {@code KIND,KIND}, {@code all}, or {@code KIND/NAME...}. */
  static Targets parse(List<String> words) {
    String first = words.getFirst();
    List<String> names = words.subList(1, words.size());
    if (first.contains("/")) {
      List<Ref> refs = words.stream().map(Targets::ref).toList();
      return new Targets(refs.stream().map(Ref::kind).distinct().toList(), refs);
    }
    List<Kind> kinds = new ArrayList<>();
    for (String kind : first.split(",", -1)) {
      kinds.addAll(kind.equals("all") ? Kind.DECLARED : List.of(kind(kind)));
    }
    if (names.isEmpty()) {
      return new Targets(kinds.stream().distinct().toList(), List.of());
    }
    if (kinds.size() > 1) {
      throw CtlException.error("with names there must be one kind, not \"" + first + "\"");
    }
    Kind kind = kinds.getFirst();
    names.stream()
        .filter(name -> name.contains("/"))
        .findFirst()
        .ifPresent(name -> {
          throw CtlException.error(
              "give either KIND NAME... or KIND/NAME..., not both: \"" + name + "\"");
        });
    return new Targets(List.of(kind), names.stream().map(name -> new Ref(kind, name)).toList());
  }

  /** As {@link #parse}, but with at least one name. */
  static List<Ref> named(List<String> words) {
    List<Ref> refs = parse(words).refs();
    if (refs.isEmpty()) {
      throw CtlException.error("a name is missing after \"" + words.getFirst() + "\"");
    }
    return refs;
  }

  static Ref one(List<String> words) {
    List<Ref> refs = named(words);
    if (refs.size() > 1) {
      throw CtlException.error("one resource at a time, please: KIND NAME or KIND/NAME");
    }
    return refs.getFirst();
  }

  private static Ref ref(String word) {
    int slash = word.indexOf('/');
    if (slash < 0 || slash == word.length() - 1) {
      throw CtlException.error("expected KIND/NAME, as in pool/backend, not \"" + word + "\"");
    }
    return new Ref(kind(word.substring(0, slash)), word.substring(slash + 1));
  }

  private static Kind kind(String word) {
    return Kind.named(word)
        .orElseThrow(() -> {
          List<String> kinds =
              Stream.concat(Arrays.stream(Kind.values()).map(Kind::plural), Stream.of("all"))
                  .toList();
          return CtlException.error(
              "there is no kind \"" + word + "\"" + Nearest.hint(word, kinds));
        });
  }
}
