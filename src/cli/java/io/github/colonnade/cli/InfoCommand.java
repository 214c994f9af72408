package io.github.colonnade.cli;

import com.google.gson.stream.JsonWriter;
import io.github.colonnade.OpenBlas;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.cli.bench.JsonOutput;
import io.github.colonnade.cli.bench.Machine;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Describes what runs: the first lines of every bug report. */
@Command(
    name = "info",
    description =
        "Show which OpenBLAS was found and where, its version and core, the JVM and the CPU.",
    sortOptions = false)
final class InfoCommand implements Callable<Integer> {
  @Option(names = "--json", description = "As JSON.")
  private boolean asJson;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (asJson) {
      out.println(json());
    } else {
      print(out);
    }
    return 0;
  }

  private static void print(PrintWriter out) {
    OpenBlas.Info info = OpenBlas.info();
    line(out, "colonnade", Machine.colonnade());
    line(out, "OpenBLAS", info.version() + ", " + info.threading());
    line(out, "  path", String.valueOf(info.path()));
    line(out, "  source", info.source());
    line(out, "  core", info.core() + ", chosen by " + info.coreChoice());
    line(out, "  build", info.config());
    line(out, "kernels", PlanOptions.kernels());
    line(out, "threads", String.valueOf(PlanOptions.defaults().threads()));
    line(out, "JVM", Machine.jvm());
    line(out, "CPU", Machine.cpu());
    line(out, "system", Machine.operatingSystem());
  }

  private static void line(PrintWriter out, String name, String value) {
    out.printf("%-10s %s%n", name, Printable.text(value));
  }

  private static String json() throws IOException {
    StringWriter text = new StringWriter();
    try (JsonWriter json = JsonOutput.writer(text)) {
      json.beginObject();
      json.name("openblas");
      JsonOutput.openBlas(json);
      json.name("kernels").value(PlanOptions.kernels());
      json.name("threads").value(PlanOptions.defaults().threads());
      json.name("machine");
      JsonOutput.machine(json);
      json.endObject();
    }
    return text.toString();
  }
}
