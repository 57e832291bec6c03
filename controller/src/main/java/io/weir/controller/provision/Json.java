package io.weir.controller.provision;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Looks into JSON of others, which may lack anything. */
public final class Json {
  private Json() {}

  /** Empty: it is not there, or no text. */
  public static Optional<String> text(JsonElement in, String... path) {
    JsonElement found = at(in, path);
    return found != null && found.isJsonPrimitive()
        ? Optional.of(found.getAsString())
        : Optional.empty();
  }

  /** Empty: it is not there, or no whole number. */
  public static OptionalInt number(JsonElement in, String... path) {
    JsonElement found = at(in, path);
    try {
      return found != null && found.isJsonPrimitive()
          ? OptionalInt.of(found.getAsInt())
          : OptionalInt.empty();
    } catch (NumberFormatException e) {
      return OptionalInt.empty();
    }
  }

  /** The objects of an array; those that are none are left out. */
  public static List<JsonObject> objects(JsonElement in, String... path) {
    JsonElement found = at(in, path);
    return found == null || !found.isJsonArray()
        ? List.of()
        : found.getAsJsonArray().asList().stream()
            .filter(JsonElement::isJsonObject)
            .map(JsonElement::getAsJsonObject)
            .toList();
  }

  /** An array of texts. */
  public static JsonArray array(List<String> texts) {
    JsonArray array = new JsonArray();
    texts.forEach(array::add);
    return array;
  }

  /** An object with one member. */
  public static JsonObject object(String name, JsonElement value) {
    JsonObject object = new JsonObject();
    object.add(name, value);
    return object;
  }

  private static @Nullable JsonElement at(JsonElement in, String... path) {
    JsonElement here = in;
    for (String step : path) {
      JsonElement next =
          here != null && here.isJsonObject() ? here.getAsJsonObject().get(step) : null;
      if (next == null) {
        return null;
      }
      here = next;
    }
    return here;
  }
}
