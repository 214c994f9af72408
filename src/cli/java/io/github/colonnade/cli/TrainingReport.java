package io.github.colonnade.cli;

import com.google.gson.stream.JsonWriter;
import io.github.colonnade.cli.bench.JsonOutput;
import io.github.colonnade.examples.mnist.Epoch;
import io.github.colonnade.examples.mnist.Step;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Epochs as a table for people and as JSON for programs. */
final class TrainingReport {
  private final PrintWriter out;
  private final List<Epoch> epochs = new ArrayList<>();

  TrainingReport(PrintWriter out) {
    this.out = out;
  }

  /** Returns what stands behind the bar while an epoch lasts. */
  static String state(Step step) {
    return String.format(
        Locale.ROOT,
        "loss %.3f acc %.1f%% %.0f img/s",
        step.meanLoss(),
        100 * step.accuracy(),
        step.imagesPerSecond());
  }

  /** Prints the names of the columns. */
  void printHeader() {
    out.printf(
        "%5s %10s %10s %14s %10s%n", "epoch", "loss", "test loss", "test accuracy", "images/s");
    out.flush();
  }

  /** Prints one line. */
  void add(Epoch epoch) {
    epochs.add(epoch);
    out.printf(
        Locale.ROOT,
        "%5d %10.4f %10.4f %12.2f %% %10.0f%n",
        epoch.number(),
        epoch.loss(),
        epoch.test().loss(),
        100 * epoch.test().accuracy(),
        epoch.imagesPerSecond());
    out.flush();
  }

  /** Returns all epochs so far. */
  List<Epoch> epochs() {
    return List.copyOf(epochs);
  }

  /** Writes all epochs. */
  void writeJson(OutputStream stream) throws IOException {
    OutputStreamWriter text = new OutputStreamWriter(stream, StandardCharsets.UTF_8);
    JsonWriter json = JsonOutput.writer(text);
    json.beginObject();
    json.name("epochs").beginArray();
    for (Epoch epoch : epochs) {
      json.beginObject();
      json.name("epoch").value(epoch.number());
      json.name("loss").value(epoch.loss());
      json.name("test_accuracy").value(epoch.test().accuracy());
      json.name("images_per_second").value(epoch.imagesPerSecond());
      json.endObject();
    }
    json.endArray();
    json.endObject();
    text.write(System.lineSeparator());
    text.flush();
  }
}
