package io.github.colonnade.peers;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.github.colonnade.cli.bench.BenchPass;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a run of the suite measured.
 *
 * @param machine what it ran on, in the file's order
 * @param openBlas which OpenBLAS multiplied, in the file's order
 * @param mode how thorough the run was
 * @param limits what the machine can do at most; empty in files that do not tell
 * @param results in the file's order
 */
record BenchmarkResults(
    Map<String, String> machine,
    Map<String, String> openBlas,
    String mode,
    List<Limit> limits,
    List<Result> results) {

  /** The entry of the time of a JVM's first call. */
  static final String FIRST = "ms_first";

  /** The entry of what ninety-nine of a hundred calls stayed at or below. */
  static final String P99 = "ms_p99";

  /** The entry of the least time that the algorithm could take. */
  static final String LIMIT = "limit_ms";

  /** The entry of the least time that any algorithm could take. */
  static final String LEAST_LIMIT = "least_limit_ms";

  private static final List<String> MORE = List.of(FIRST, P99, LIMIT, LEAST_LIMIT);

  /**
   * What the machine can do at most.
   *
   * @param gflops 10⁹ operations a second
   * @param gbytesPerSecond of memory
   */
  record Limit(Precision precision, int threads, double gflops, double gbytesPerSecond) {}

  /** The type of the elements. */
  enum Precision {
    F64,
    F32;

    /** Names a pass in this type, for people and files: {@code f64 forward}. */
    String subject(BenchPass pass) {
      return ResultFile.lowerCase(this) + " " + ResultFile.lowerCase(pass);
    }
  }

  /** The shape of a convolution layer. */
  record Layer(
      String name,
      int n,
      int c,
      int h,
      int w,
      int o,
      int kh,
      int kw,
      int stride,
      int pad,
      int dilation,
      int groups) {

    /** Returns the number of elements in its output. */
    double outputElements() {
      return (double) n * o * outputSize(h, kh) * outputSize(w, kw);
    }

    private int outputSize(int size, int kernel) {
      return (size + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
    }
  }

  /**
   * One time.
   *
   * @param network that the layer is a part of; empty for others
   * @param count how often the layer stands in the network
   * @param algorithm what Colonnade's plan chose; empty for others
   * @param ms median of the timed calls
   * @param more what only some results have, by its entry
   */
  record Result(
      Suite suite,
      Library library,
      String version,
      String network,
      int count,
      Layer layer,
      BenchPass pass,
      Precision precision,
      int threads,
      String algorithm,
      double ms,
      Map<String, Double> more) {

    /** Returns an entry that only some results have. */
    OptionalDouble more(String entry) {
      Double value = more.get(entry);
      return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    /** What no two results of a file may share. */
    private List<Object> key() {
      return List.of(suite, library, layer, pass, precision, threads);
    }
  }

  /**
   * Reads a file.
   *
   * @throws BenchmarkFormatException naming the entry and the rule that it breaks
   */
  static BenchmarkResults read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new BenchmarkFormatException("is a folder, must be a file");
    }
    try (Reader text = Files.newBufferedReader(file)) {
      return parse(text);
    }
  }

  static BenchmarkResults parse(Reader text) throws IOException {
    JsonReader reader = new JsonReader(text);
    reader.setStrictness(Strictness.STRICT);
    try {
      JsonElement root = JsonParser.parseReader(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new BenchmarkFormatException("has more than one value");
      }
      return of(new Fields("", root));
    } catch (BenchmarkFormatException known) {
      throw known;
    } catch (JsonParseException | IOException malformed) {
      // Gson wraps what the file's own reader throws.
      boolean binary =
          malformed instanceof CharacterCodingException
              || malformed.getCause() instanceof CharacterCodingException;
      String rule = binary ? "is not a text in UTF-8" : "is not JSON: " + malformed.getMessage();
      throw new BenchmarkFormatException(rule, malformed);
    }
  }

  private static BenchmarkResults of(Fields root) throws BenchmarkFormatException {
    List<Result> results = new ArrayList<>();
    Set<List<Object>> keys = new HashSet<>();
    JsonElement array = root.required("results");
    if (!array.isJsonArray()) {
      throw new BenchmarkFormatException("results: must be an array");
    }
    for (JsonElement element : array.getAsJsonArray()) {
      String path = "results[" + results.size() + "]";
      Result result = result(new Fields(path + ".", element));
      if (!keys.add(result.key())) {
        throw new BenchmarkFormatException(path + ": repeats an earlier result");
      }
      results.add(result);
    }
    return new BenchmarkResults(
        root.texts("machine"),
        root.texts("openblas"),
        root.text("mode"),
        limits(root),
        List.copyOf(results));
  }

  private static List<Limit> limits(Fields root) throws BenchmarkFormatException {
    List<Limit> limits = new ArrayList<>();
    if (root.has("limits")) {
      JsonElement array = root.required("limits");
      if (!array.isJsonArray()) {
        throw new BenchmarkFormatException("limits: must be an array");
      }
      for (JsonElement element : array.getAsJsonArray()) {
        Fields limit = new Fields("limits[" + limits.size() + "].", element);
        limits.add(
            new Limit(
                limit.oneOf("dtype", Precision.values(), ResultFile::lowerCase),
                limit.whole("threads", 1),
                limit.positive("gflops"),
                limit.positive("gbytes_per_second")));
      }
    }
    return List.copyOf(limits);
  }

  private static Result result(Fields from) throws BenchmarkFormatException {
    return new Result(
        from.oneOf("suite", Suite.values(), ResultFile::lowerCase),
        from.oneOf("library", Library.values(), Library::id),
        from.text("version"),
        from.optionalText("network"),
        from.has("count") ? from.whole("count", 1) : 1,
        layer(from),
        from.oneOf("pass", BenchPass.values(), ResultFile::lowerCase),
        from.oneOf("dtype", Precision.values(), ResultFile::lowerCase),
        from.whole("threads", 1),
        from.optionalText("algorithm"),
        from.positive("ms"),
        more(from));
  }

  private static Map<String, Double> more(Fields from) throws BenchmarkFormatException {
    Map<String, Double> more = new LinkedHashMap<>();
    for (String entry : MORE) {
      if (from.has(entry)) {
        more.put(entry, from.positive(entry));
      }
    }
    return more;
  }

  private static Layer layer(Fields from) throws BenchmarkFormatException {
    Layer layer =
        new Layer(
            from.text("layer"),
            from.whole("n", 1),
            from.whole("c", 1),
            from.whole("h", 1),
            from.whole("w", 1),
            from.whole("o", 1),
            from.whole("kh", 1),
            from.whole("kw", 1),
            from.whole("stride", 1),
            from.whole("pad", 0),
            from.whole("dilation", 1),
            from.whole("groups", 1));
    if (!(layer.outputElements() > 0)) {
      throw new BenchmarkFormatException(from.path + "layer: its output has no elements");
    }
    return layer;
  }

  /** Returns the results of a suite for one pass in one precision. */
  List<Result> of(Suite suite, Precision precision, BenchPass pass) {
    return results.stream()
        .filter(each -> each.suite() == suite)
        .filter(each -> each.precision() == precision && each.pass() == pass)
        .toList();
  }

  /** Returns the libraries that were timed with their versions, in the order of the columns. */
  Map<Library, String> versions() {
    Map<Library, String> versions = new LinkedHashMap<>();
    for (Library library : Library.values()) {
      String joined =
          results.stream()
              .filter(each -> each.library() == library)
              .map(Result::version)
              .distinct()
              .collect(Collectors.joining(", "));
      if (!joined.isEmpty()) {
        versions.put(library, joined);
      }
    }
    return versions;
  }

  /** How a constant of an enumeration is written in the file. */
  private interface Naming<T> {
    String nameOf(T constant);
  }

  /** The entries of a JSON object, with messages that name them. */
  private static final class Fields {
    private final String path;
    private final JsonObject object;

    Fields(String path, JsonElement element) throws BenchmarkFormatException {
      if (!element.isJsonObject()) {
        String what = path.isEmpty() ? "" : path.substring(0, path.length() - 1) + ": ";
        throw new BenchmarkFormatException(what + "must be an object");
      }
      this.path = path;
      this.object = element.getAsJsonObject();
    }

    boolean has(String name) {
      return object.has(name);
    }

    JsonElement required(String name) throws BenchmarkFormatException {
      JsonElement element = object.get(name);
      if (element == null || element.isJsonNull()) {
        throw new BenchmarkFormatException(path + name + ": is missing");
      }
      return element;
    }

    String text(String name) throws BenchmarkFormatException {
      JsonElement element = required(name);
      if (!(element instanceof JsonPrimitive text) || !text.isString()) {
        throw wrong(name, element, "a string");
      }
      if (text.getAsString().isBlank()) {
        throw wrong(name, element, "a string that is not blank");
      }
      return text.getAsString();
    }

    String optionalText(String name) throws BenchmarkFormatException {
      JsonElement element = object.get(name);
      boolean absent =
          element == null
              || element.isJsonNull()
              || (element instanceof JsonPrimitive text && text.getAsString().isEmpty());
      return absent ? "" : text(name);
    }

    <T> T oneOf(String name, T[] constants, Naming<T> naming) throws BenchmarkFormatException {
      String text = text(name);
      for (T constant : constants) {
        if (naming.nameOf(constant).equals(text)) {
          return constant;
        }
      }
      String known = Arrays.stream(constants).map(naming::nameOf).collect(Collectors.joining(", "));
      throw wrong(name, required(name), "one of " + known);
    }

    int whole(String name, int least) throws BenchmarkFormatException {
      double value = number(name).orElse(Double.NaN);
      if (!(value >= least && value <= Integer.MAX_VALUE) || value != Math.rint(value)) {
        throw wrong(name, required(name), "a whole number of at least " + least);
      }
      return (int) value;
    }

    double positive(String name) throws BenchmarkFormatException {
      double value = number(name).orElse(Double.NaN);
      if (!(value > 0 && Double.isFinite(value))) {
        throw wrong(name, required(name), "a number above zero");
      }
      return value;
    }

    private OptionalDouble number(String name) throws BenchmarkFormatException {
      return required(name) instanceof JsonPrimitive number && number.isNumber()
          ? OptionalDouble.of(number.getAsDouble())
          : OptionalDouble.empty();
    }

    /** Returns an object's strings and numbers as they are written. */
    Map<String, String> texts(String name) throws BenchmarkFormatException {
      Map<String, String> texts = new LinkedHashMap<>();
      Fields nested = new Fields(path + name + ".", required(name));
      for (Map.Entry<String, JsonElement> entry : nested.object.entrySet()) {
        if (entry.getValue().isJsonPrimitive()) {
          texts.put(entry.getKey(), entry.getValue().getAsString());
        }
      }
      return texts;
    }

    private BenchmarkFormatException wrong(String name, JsonElement is, String rule) {
      return new BenchmarkFormatException(path + name + ": is " + is + ", must be " + rule);
    }
  }
}
