package io.weir.cli.command;

import io.weir.cli.admin.Kind;
import io.weir.cli.admin.Ref;
import io.weir.cli.view.Paint;
import io.weir.cli.view.ResourceRows;
import io.weir.cli.view.Table;
import io.weir.cli.yaml.JsonWriter;
import io.weir.cli.yaml.ResourceTree;
import io.weir.cli.yaml.YamlWriter;
import io.weir.v1.Resource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Prints resources in one of the formats of {@code get}. */
final class Printer {
  private final WeirCtl ctl;
  private final GetCommand.Output output;
  private final Paint paint;
  private Optional<Table> open = Optional.empty();
  private boolean documents;

  Printer(WeirCtl ctl, GetCommand.Output output) {
    this.ctl = ctl;
    this.output = output;
    this.paint = ctl.console().colour() ? Paint.ANSI : Paint.PLAIN;
  }

  /**
   * @param prefixed there may be more than one kind
   * @param list even one resource is to come as a list, where the format has lists
   */
  void print(List<Resource> resources, boolean prefixed, boolean list) {
    switch (output) {
      case TABLE, WIDE -> tables(resources, prefixed);
      case NAME -> resources.forEach(resource -> ctl.out().println(Ref.of(resource)));
      case YAML -> resources.forEach(this::yaml);
      case JSON -> {
        if (list) {
          Map<String, Object> tree = new LinkedHashMap<>();
          tree.put("kind", "List");
          tree.put("items", resources.stream().map(Printer::tree).toList());
          ctl.out().print(JsonWriter.write(tree));
        } else {
          resources.forEach(resource -> ctl.out().print(JsonWriter.write(tree(resource))));
        }
      }
    }
  }

  private void tables(List<Resource> resources, boolean prefixed) {
    boolean first = true;
    for (Kind kind : Kind.values()) {
      ResourceRows rows = rows(kind, prefixed);
      Table table = new Table(rows.headers());
      resources.stream()
          .filter(resource -> Ref.of(resource).kind() == kind)
          .forEach(resource -> table.row(rows.row(resource, ctl.now())));
      if (table.isEmpty()) {
        continue;
      }
      if (!first) {
        ctl.out().println();
      }
      ctl.out().print(table.render(paint));
      open = Optional.of(table);
      first = false;
    }
  }

  /** What there is when a watch begins. */
  void begin(Kind kind, List<Resource> resources) {
    switch (output) {
      case TABLE, WIDE -> {
        ResourceRows rows = rows(kind, false);
        Table table = new Table(rows.headers());
        resources.forEach(resource -> table.row(rows.row(resource, ctl.now())));
        ctl.out().print(table.render(paint));
        open = Optional.of(table);
      }
      case NAME, YAML, JSON -> resources.forEach(resource -> change(resource, false));
    }
    ctl.out().flush();
  }

  /** What changes later. */
  void change(Resource resource, boolean deleted) {
    switch (output) {
      case TABLE, WIDE -> {
        ResourceRows rows = rows(Ref.of(resource).kind(), false);
        List<String> row = new ArrayList<>(rows.row(resource, ctl.now()));
        if (deleted) {
          row.set(rows.headers().indexOf("AGE"), "deleted");
        }
        ctl.out().println(open.orElseThrow().line(row, paint));
      }
      case NAME -> ctl.out().println(Ref.of(resource) + (deleted ? " deleted" : ""));
      case YAML -> yaml(resource);
      case JSON -> ctl.out().print(JsonWriter.write(tree(resource)));
    }
    ctl.out().flush();
  }

  private ResourceRows rows(Kind kind, boolean prefixed) {
    return new ResourceRows(kind, output == GetCommand.Output.WIDE, prefixed);
  }

  private void yaml(Resource resource) {
    if (documents) {
      ctl.out().println("---");
    }
    documents = true;
    ctl.out().print(YamlWriter.write(tree(resource)));
  }

  private static Map<String, Object> tree(Resource resource) {
    return ResourceTree.of(resource, ResourceTree.Form.FULL);
  }
}
