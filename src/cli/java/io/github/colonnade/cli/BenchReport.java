package io.github.colonnade.cli;

import com.google.gson.stream.JsonWriter;
import io.github.colonnade.OpenBlas;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.cli.bench.JsonOutput;
import io.github.colonnade.cli.bench.LayerLimit;
import io.github.colonnade.cli.bench.Machine;
import io.github.colonnade.cli.bench.MachineLimit;
import io.github.colonnade.cli.bench.Measurement;
import io.github.colonnade.cli.bench.Total;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** Measurements as a table for people and as JSON for programs. */
final class BenchReport {
  private static final String ROW = "%-14s %-5s %-15s %10.4f %9.1f %10.4f %9.1f %5.0f%%";

  private final PrintWriter out;
  private final boolean hasLimits;

  /**
   * Prints to {@code out}.
   *
   * @param hasLimits whether each line ends with the shares of the machine's limit
   */
  BenchReport(PrintWriter out, boolean hasLimits) {
    this.out = out;
    this.hasLimits = hasLimits;
  }

  /** What of one layer goes into the JSON; the limit is null where none was asked for. */
  record Row(Measurement measured, LayerLimit limit) {}

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

  /** Prints what the machine can do at most. */
  void printLimit(MachineLimit limit) {
    out.printf(
        Locale.ROOT,
        "limit: %.1f GFLOP/s of multiply-adds, %.1f GB/s of memory%n",
        limit.operations() / 1e9,
        limit.bytes() / 1e9);
  }

  /** Prints the names of the columns. */
  void printHeader() {
    out.printf(
        "%-14s %-5s %-15s %10s %9s %10s %9s %6s",
        "layer", "dtype", "algorithm", "ms", "GFLOP/s", "GEMM ms", "GFLOP/s", "ratio");
    if (hasLimits) {
      out.printf(" %6s %6s", "limit", "least");
    }
    out.println();
  }

  /** Prints one line, with shares of {@code limit} where there are to be any. */
  void print(Measurement measured, LayerLimit limit) {
    out.printf(
        Locale.ROOT,
        ROW,
        Printable.text(measured.layer()),
        Choices.name(measured.dtype()),
        measured.algorithm(),
        measured.ms(),
        measured.gflops(),
        measured.gemmMs(),
        measured.gemmGflops(),
        100 * measured.gemmMs() / measured.ms());
    if (hasLimits) {
      out.printf(
          Locale.ROOT,
          " %5.0f%% %5.0f%%",
          100 * limit.ms() / measured.ms(),
          100 * limit.leastMs() / measured.ms());
    }
    out.println();
    out.flush();
  }

  /** Prints the sum over a network. */
  void print(Total total) {
    out.printf(
        Locale.ROOT,
        ROW + "%n",
        "total",
        "",
        "",
        total.ms(),
        total.operations() / total.ms() / 1e6,
        total.gemmMs(),
        total.operations() / total.gemmMs() / 1e6,
        100 * total.gemmMs() / total.ms());
    out.printf("%nThe total has each layer as often as its count says.%n");
  }

  /**
   * Writes everything.
   *
   * @param total of a network, or null for layers that are none
   * @param limit of the machine, or null where none was asked for
   */
  static void writeJson(OutputStream out, List<Row> rows, Total total, MachineLimit limit)
      throws IOException {
    OutputStreamWriter text = new OutputStreamWriter(out, StandardCharsets.UTF_8);
    JsonWriter json = JsonOutput.writer(text);
    json.beginObject();
    json.name("machine");
    JsonOutput.machine(json);
    json.name("openblas");
    JsonOutput.openBlas(json);
    json.name("kernels").value(PlanOptions.kernels());
    if (limit != null) {
      json.name("limit").beginObject();
      json.name("gflops").value(limit.operations() / 1e9);
      json.name("gbytes_per_second").value(limit.bytes() / 1e9);
      json.endObject();
    }
    json.name("results").beginArray();
    for (Row row : rows) {
      writeJson(json, row);
    }
    json.endArray();
    if (total != null) {
      json.name("total").beginObject();
      json.name("ms").value(total.ms());
      json.name("gemm_ms").value(total.gemmMs());
      json.endObject();
    }
    json.endObject();
    text.write(System.lineSeparator());
    text.flush();
  }

  private static void writeJson(JsonWriter json, Row row) throws IOException {
    Measurement measured = row.measured();
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
    if (row.limit() != null) {
      json.name("limit_ms").value(row.limit().ms());
      json.name("least_limit_ms").value(row.limit().leastMs());
    }
    json.endObject();
  }
}
