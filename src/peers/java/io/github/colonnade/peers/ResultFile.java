package io.github.colonnade.peers;

import com.google.gson.stream.JsonWriter;
import io.github.colonnade.DType;
import io.github.colonnade.cli.bench.JsonOutput;
import io.github.colonnade.cli.bench.Layer;
import io.github.colonnade.cli.bench.MachineLimit;
import io.github.colonnade.cli.files.NewFiles;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Timings as JSON, whole after each problem, so that an interrupted run keeps what it has. */
final class ResultFile {
  private final Path file;
  private final Mode mode;
  private final List<Timing> timings = new ArrayList<>();
  private final List<Limit> limits = new ArrayList<>();

  /** What the machine can do at most with elements of a type on a number of threads. */
  record Limit(DType dtype, int threads, MachineLimit machine) {}

  ResultFile(Path file, Mode mode) {
    this.file = file;
    this.mode = mode;
  }

  void add(Limit limit) {
    limits.add(limit);
  }

  /** Returns the limit that was added for a type and number of threads. */
  MachineLimit limit(DType dtype, int threads) {
    return limits.stream()
        .filter(each -> each.dtype() == dtype && each.threads() == threads)
        .findFirst()
        .orElseThrow()
        .machine();
  }

  void add(Timing timing) {
    timings.add(timing);
  }

  void write() throws IOException {
    NewFiles.write(
        file,
        stream -> {
          OutputStreamWriter text = new OutputStreamWriter(stream, StandardCharsets.UTF_8);
          writeTo(JsonOutput.writer(text));
          text.write(System.lineSeparator());
          text.flush();
        });
  }

  private void writeTo(JsonWriter json) throws IOException {
    json.beginObject();
    json.name("machine");
    JsonOutput.machine(json);
    json.name("openblas");
    JsonOutput.openBlas(json);
    json.name("mode").value(lowerCase(mode));
    json.name("limits").beginArray();
    for (Limit limit : limits) {
      json.beginObject();
      json.name("dtype").value(lowerCase(limit.dtype()));
      json.name("threads").value(limit.threads());
      json.name("gflops").value(limit.machine().operations() / 1e9);
      json.name("gbytes_per_second").value(limit.machine().bytes() / 1e9);
      json.endObject();
    }
    json.endArray();
    json.name("results").beginArray();
    for (Timing timing : timings) {
      write(json, timing);
    }
    json.endArray();
    json.endObject();
  }

  private static void write(JsonWriter json, Timing timing) throws IOException {
    Trial trial = timing.trial();
    json.beginObject();
    json.name("suite").value(lowerCase(trial.suite()));
    json.name("library").value(trial.library().id());
    json.name("version").value(timing.version());
    if (!trial.network().isEmpty()) {
      json.name("network").value(trial.network());
      json.name("count").value(trial.layer().count());
    }
    Layer layer = trial.layer();
    json.name("layer").value(layer.name());
    json.name("n").value(layer.n());
    json.name("c").value(layer.c());
    json.name("h").value(layer.h());
    json.name("w").value(layer.w());
    json.name("o").value(layer.o());
    json.name("kh").value(layer.kh());
    json.name("kw").value(layer.kw());
    json.name("stride").value(layer.stride());
    json.name("pad").value(layer.pad());
    json.name("dilation").value(layer.dilation());
    json.name("groups").value(layer.groups());
    json.name("pass").value(lowerCase(trial.pass()));
    json.name("dtype").value(lowerCase(trial.dtype()));
    json.name("threads").value(trial.threads());
    if (!timing.algorithm().isEmpty()) {
      json.name("algorithm").value(timing.algorithm());
    }
    json.name("ms").value(timing.ms());
    json.name("ms_low").value(timing.msLow());
    json.name("ms_high").value(timing.msHigh());
    json.name("gflops").value(timing.gflops());
    for (Map.Entry<String, Double> more : timing.more().entrySet()) {
      json.name(more.getKey()).value(more.getValue());
    }
    json.endObject();
  }

  /** Returns how a constant is written. */
  static String lowerCase(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
