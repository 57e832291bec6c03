package io.weir.controller.admin;

import io.weir.controller.admin.Answer.Refusal;
import io.weir.controller.model.Config;
import io.weir.controller.model.Kind;
import io.weir.controller.model.Nearest;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.reconcile.Image;
import io.weir.controller.reconcile.Questions;
import io.weir.controller.store.Journal;
import io.weir.v1.GetRequest;
import io.weir.v1.HistoryRequest;
import io.weir.v1.HistoryResponse;
import io.weir.v1.ListRequest;
import io.weir.v1.ListResponse;
import io.weir.v1.Resource;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;

/** What is declared, now and earlier, and which agents there are. Blocks. */
final class ConfigReader {
  private final Journal journal;
  private final Questions questions;
  private final LongFunction<Answer<Config>> past;

  /**
   * @param past what was declared at a revision
   */
  ConfigReader(Journal journal, Questions questions, LongFunction<Answer<Config>> past) {
    this.journal = journal;
    this.questions = questions;
    this.past = past;
  }

  Answer<Resource> get(GetRequest request) {
    return Asked.key(request.getResource()).then(key -> get(key, request.getAtRevision()));
  }

  private Answer<Resource> get(ResourceKey key, long revision) {
    if (!key.kind().declared()) {
      return revision == 0
          ? agent(key)
          : Answer.refused(new Refusal.Malformed("agents have no history; leave at_revision out"));
    }
    if (revision == 0) {
      return Asked.found(Image.config(journal.read()), key, "")
          .then(resource -> Answer.done(questions.withStatus(List.of(resource)).getFirst()));
    }
    return past.apply(revision)
        .then(config -> Asked.found(config, key, " at revision " + revision));
  }

  private Answer<Resource> agent(ResourceKey key) {
    return questions
        .agent(key.name())
        .map(Answer::done)
        .orElseGet(() ->
            Answer.refused(
                new Refusal.Missing(
                    Nearest.missing(
                        key,
                        questions.agents().resources().stream()
                            .map(agent -> agent.getMetadata().getName())
                            .toList()))));
  }

  Answer<ListResponse> list(ListRequest request) {
    return Asked.kind(request.getKind()).then(kind -> list(kind, request));
  }

  private Answer<ListResponse> list(Optional<Kind> kind, ListRequest request) {
    if (kind.equals(Optional.of(Kind.AGENT))) {
      Questions.Listed listed = questions.agents();
      return Answer.done(response(listed.revision(), listed.resources(), request));
    }
    long revision = request.getAtRevision();
    if (revision != 0) {
      return past.apply(revision)
          .then(config -> Answer.done(response(revision, all(config, kind), request)));
    }
    Journal.State state = journal.read();
    List<Resource> resources = all(Image.config(state), kind);
    return Answer.done(response(state.revision(), questions.withStatus(resources), request));
  }

  private static List<Resource> all(Config config, Optional<Kind> kind) {
    return config.resources().entrySet().stream()
        .filter(entry -> kind.isEmpty() || entry.getKey().kind() == kind.get())
        .map(entry -> entry.getValue())
        .toList();
  }

  private static ListResponse response(
      long revision, List<Resource> resources, ListRequest request) {
    return ListResponse.newBuilder()
        .setRevision(revision)
        .addAllResources(
            resources.stream()
                .filter(resource ->
                    resource
                        .getMetadata()
                        .getLabelsMap()
                        .entrySet()
                        .containsAll(request.getLabelsMap().entrySet()))
                .toList())
        .build();
  }

  Answer<HistoryResponse> history(HistoryRequest request) {
    return Asked.limit(request.getLimit())
        .then(limit ->
            request.hasResource()
                ? Asked.declared(request.getResource())
                    .then(key -> Answer.done(commits(journal.entries(limit, key.storeKey()))))
                : Answer.done(commits(journal.entries(limit))));
  }

  private static HistoryResponse commits(List<Journal.Recorded> entries) {
    return HistoryResponse.newBuilder()
        .addAllCommits(entries.stream().map(Journal.Recorded::commit).toList())
        .build();
  }
}
