package io.github.colonnade.cli;

import com.google.gson.stream.JsonWriter;
import io.github.colonnade.OpenBlas;
import io.github.colonnade.cli.bench.JsonOutput;
import io.github.colonnade.cli.bench.Machine;
import io.github.colonnade.cli.bench.Measurement;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** Measurements as a table for people and as JSON for programs. */
final class BenchReport {
  private BenchReport() {}

  /** Prints what the figures were measured on. */
  static void printMachine(PrintWriter out, int threads) {
    OpenBlas.Info blas = OpenBlas.info();
    out.printf(
        Locale.ROOT,
        "OpenBLAS %s, core %s, %s: %s%n",
        blas.version(),
        blas.core(),
        blas.source(),
        Printable.text(String.valueOf(blas.path())));
    out.printf(
        Locale.ROOT,
        "%s, %d of %d processors, Java %s%n",
        Machine.cpu(),
        threads,
        Machine.processors(),
        Runtime.version());
  }

  /** Prints the names of the columns. */
  static void printHeader(PrintWriter out) {
    out.printf(
        "%-14s %-5s %-15s %10s %9s %10s %9s %6s%n",
        "layer", "dtype", "algorithm", "ms", "GFLOP/s", "GEMM ms", "GFLOP/s", "ratio");
  }

  /** Prints one line. */
  static void print(PrintWriter out, Measurement measured) {
    out.printf(
        Locale.ROOT,
        "%-14s %-5s %-15s %10.4f %9.1f %10.4f %9.1f %5.0f%%%n",
        Printable.text(measured.layer()),
        Choices.name(measured.dtype()),
        measured.algorithm(),
        measured.ms(),
        measured.gflops(),
        measured.gemmMs(),
        measured.gemmGflops(),
        100 * measured.gemmMs() / measured.ms());
    out.flush();
  }

  /** Writes everything. */
  static void writeJson(OutputStream out, List<Measurement> measurements) throws IOException {
    OutputStreamWriter text = new OutputStreamWriter(out, StandardCharsets.UTF_8);
    JsonWriter json = JsonOutput.writer(text);
    json.beginObject();
    json.name("machine");
    JsonOutput.machine(json);
    json.name("openblas");
    JsonOutput.openBlas(json);
    json.name("results").beginArray();
    for (Measurement measured : measurements) {
      json.beginObject();
      json.name("layer").value(measured.layer());
      json.name("pass").value(Choices.name(measured.pass()));
      json.name("dtype").value(Choices.name(measured.dtype()));
      json.name("threads").value(measured.threads());
      json.name("algorithm").value(measured.algorithm());
      json.name("ms").value(measured.ms());
      json.name("gflops").value(measured.gflops());
      json.name("gemm_ms").value(measured.gemmMs());
      json.name("workspace_bytes").value(measured.workspaceBytes());
      json.endObject();
    }
    json.endArray();
    json.endObject();
    text.write(System.lineSeparator());
    text.flush();
  }
}
