package io.weir.e2e.security;

import io.weir.controller.StartupException;
import io.weir.e2e.figure.Figure;
import io.weir.e2e.live.Fleet;
import io.weir.e2e.live.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What there is to measure of security: cases that went wrong, and what a new certificate costs.
 */
public record SecurityFigures(Matrix.Result matrix, Rotation.Result rotation) {
  /**
   * Starts all it needs on loopback; takes about a minute.
   *
   * @param rotations how often certificates are replaced, at least 1
   */
  public static SecurityFigures measure(Programs programs, int rotations)
      throws IOException, StartupException {
    Matrix.Result matrix;
    try (Fleet folder = Fleet.create(programs)) {
      Path dir = Files.createDirectories(folder.dir().resolve("matrix"));
      matrix = Matrix.run(Documented.read(programs.home()), dir);
    }
    try (Fleet fleet = Fleet.create(programs)) {
      return new SecurityFigures(matrix, Rotation.run(fleet, rotations));
    }
  }

  /**
   * {@code authz.cases}, {@code authz.wrong} and {@code rotation.failed}.
   *
   * @param command what to type to measure them again
   */
  public List<Figure> figures(String command) {
    List<Figure> figures = new ArrayList<>();
    figures.add(figure("authz.cases", matrix.cases(), command));
    figures.add(figure("authz.wrong", matrix.wrong().size(), command));
    figures.add(figure("rotation.failed", (double) rotation.failed(), command));
    return figures;
  }

  private static Figure figure(String name, double value, String command) {
    return new Figure(name, value, "count", List.of(value), command);
  }

  /** For people, in Markdown. */
  public String text() {
    return """

    | | |
    |---|---|
    | calls tried, by role and certificate | %,d |
    | allowed, refused or recorded otherwise than documented | %,d |
    | times that all certificates were replaced | %,d |
    | requests of clients meanwhile, failed | %,d, %,d |
    | calls of operators over new connections, failed | %,d, %,d |
    | agents' streams, lost | %,d, %,d |
    """
        .formatted(
            matrix.cases(),
            matrix.wrong().size(),
            rotation.rotations(),
            rotation.requests(),
            rotation.failedRequests(),
            rotation.calls(),
            rotation.failedCalls(),
            rotation.streams(),
            rotation.lostStreams());
  }
}
