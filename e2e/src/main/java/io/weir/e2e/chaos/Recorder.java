package io.weir.e2e.chaos;

import io.weir.e2e.chaos.History.Sighting;
import io.weir.e2e.chaos.History.Write;
import java.util.ArrayList;
import java.util.List;

/** Keeps what clients and agents see. Safe for use by several threads. */
final class Recorder {
  private final List<Write> writes = new ArrayList<>();
  private final List<Sighting> sightings = new ArrayList<>();

  void wrote(Write write) {
    synchronized (writes) {
      writes.add(write);
    }
  }

  void saw(Sighting sighting) {
    synchronized (sightings) {
      sightings.add(sighting);
    }
  }

  List<Write> writes() {
    synchronized (writes) {
      return List.copyOf(writes);
    }
  }

  List<Sighting> sightings() {
    synchronized (sightings) {
      return List.copyOf(sightings);
    }
  }
}
