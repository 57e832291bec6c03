package io.weir.controller.provision;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * What is known of one scaler's processes, in a file. It is written before a process is started, so
 * that none is started twice: whoever finds one there without an identity looks for it.
 */
final class ProcessState {
  private static final String FILE = "state.json";

  /** Of calls that are repeated, none comes as late as this. */
  private static final int ORDERS_KEPT = 256;

  /**
   * @param started tells the process from a later one with the same id; empty: not known to run
   * @param endingSince in ms of the epoch; 0: it is to run
   */
  record Entry(String id, int port, long pid, String started, long endingSince) {
    Entry runningAs(long newPid, String newStarted) {
      return new Entry(id, port, newPid, newStarted, endingSince);
    }

    Entry ending(long since) {
      return new Entry(id, port, pid, started, endingSince == 0 ? since : endingSince);
    }

    boolean ending() {
      return endingSince != 0;
    }
  }

  final List<Entry> entries = new ArrayList<>();
  final Deque<String> orders = new ArrayDeque<>();
  private long next = 1;

  static ProcessState read(Path folder) throws IOException {
    ProcessState state = new ProcessState();
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return state;
    }
    try {
      JsonObject all = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
      state.next = all.get("next").getAsLong();
      for (JsonElement order : all.getAsJsonArray("orders")) {
        state.orders.add(order.getAsString());
      }
      for (JsonElement element : all.getAsJsonArray("instances")) {
        JsonObject one = element.getAsJsonObject();
        state.entries.add(
            new Entry(
                one.get("id").getAsString(),
                one.get("port").getAsInt(),
                one.get("pid").getAsLong(),
                one.get("started").getAsString(),
                one.get("ending_since").getAsLong()));
      }
      return state;
    } catch (JsonParseException
        | IllegalStateException
        | NullPointerException
        | NumberFormatException e) {
      throw new IOException(file + " is damaged", e);
    }
  }

  String nextId(String scaler) {
    return scaler + "-" + next++;
  }

  void done(String order) {
    if (!orders.contains(order)) {
      orders.addLast(order);
    }
    while (orders.size() > ORDERS_KEPT) {
      orders.removeFirst();
    }
  }

  void replace(Entry entry) {
    entries.replaceAll(other -> other.id().equals(entry.id()) ? entry : other);
  }

  void write(Path folder) throws IOException {
    JsonObject all = new JsonObject();
    all.addProperty("next", next);
    JsonArray done = new JsonArray();
    orders.forEach(done::add);
    all.add("orders", done);
    JsonArray instances = new JsonArray();
    for (Entry entry : entries) {
      JsonObject one = new JsonObject();
      one.addProperty("id", entry.id());
      one.addProperty("port", entry.port());
      one.addProperty("pid", entry.pid());
      one.addProperty("started", entry.started());
      one.addProperty("ending_since", entry.endingSince());
      instances.add(one);
    }
    all.add("instances", instances);
    Path fresh = folder.resolve(FILE + ".new");
    Files.write(fresh, all.toString().getBytes(StandardCharsets.UTF_8));
    try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    var _ = Files.move(fresh, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
  }
}
