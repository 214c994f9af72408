package io.github.colonnade.peers;

import com.google.gson.stream.JsonWriter;
import io.github.colonnade.cli.bench.JsonOutput;
import io.github.colonnade.cli.bench.Layer;
import io.github.colonnade.cli.files.NewFile;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Timings as JSON, whole after each one, so that an interrupted run keeps what it has. */
final class ResultFile {
  private final Path file;
  private final Mode mode;
  private final List<Timing> timings = new ArrayList<>();

  ResultFile(Path file, Mode mode) {
    this.file = file;
    this.mode = mode;
  }

  void add(Timing timing) throws IOException {
    timings.add(timing);
    NewFile.write(
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
    if (timing.algorithm() != null) {
      json.name("algorithm").value(timing.algorithm());
    }
    json.name("ms").value(timing.ms());
    json.name("ms_low").value(timing.msLow());
    json.name("ms_high").value(timing.msHigh());
    json.name("gflops").value(timing.gflops());
    json.endObject();
  }

  /** Returns how a constant is written. */
  static String lowerCase(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
