package io.github.colonnade.cli;

import io.github.colonnade.DType;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.cli.bench.Layer;
import io.github.colonnade.cli.bench.LayerTable;
import io.github.colonnade.cli.bench.LayerTimer;
import io.github.colonnade.cli.bench.Measurement;
import io.github.colonnade.cli.files.NewFiles;
import io.github.colonnade.cli.files.OutputPath;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Times layers and the bare matrix multiply of the same size. */
@Command(
    name = "bench",
    description = {
      "Time convolutions and the bare matrix multiply (GEMM) of the same size and threads.",
      "Milliseconds are the best of the timed calls after warm-up."
    },
    sortOptions = false)
final class BenchCommand implements Callable<Integer> {
  private static final double SECONDS = 0.5;

  @Option(
      names = "--dtype",
      paramLabel = "f64|f32",
      converter = Choices.DTypeConverter.class,
      description = "Type to compute in; f64 if left out.")
  private DType dtype = DType.F64;

  @Option(
      names = "--layers",
      paramLabel = "FILE.csv",
      description =
          "Layers, one a line under the column names "
              + "name,n,c,h,w,o,kh,kw,stride,pad,dilation,groups; 15 layers of well-known networks "
              + "if left out.")
  private Path layersFile;

  @Option(
      names = "--pass",
      paramLabel = "forward|backward",
      converter = Choices.PassConverter.class,
      description = "What to compute; backward is all three gradients. forward if left out.")
  private BenchPass pass = BenchPass.FORWARD;

  @Mixin private AlgorithmOption algorithm = new AlgorithmOption();

  @Option(
      names = "--json",
      paramLabel = "OUT",
      description = "Also write machine, OpenBLAS and results to this file as JSON.")
  private Path jsonFile;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (jsonFile != null) {
      OutputPath.requireWritable(jsonFile);
    }
    List<Layer> layers = layersFile == null ? LayerTable.publicSet() : LayerTable.read(layersFile);
    PlanOptions options = algorithm.planOptions();
    LayerTimer timer = new LayerTimer(pass, options, SECONDS);
    requireSound(layers, timer);
    BenchReport.printMachine(out, options.threads());
    out.printf("%s pass, random inputs%n%n", Choices.name(pass));
    BenchReport.printHeader(out);
    timer.measure(layers.get(0), dtype);
    List<Measurement> measurements = new ArrayList<>();
    for (Layer layer : layers) {
      Measurement measured = timer.measure(layer, dtype);
      BenchReport.print(out, measured);
      measurements.add(measured);
    }
    if (jsonFile != null) {
      NewFiles.write(jsonFile, stream -> BenchReport.writeJson(stream, measurements));
    }
    return 0;
  }

  /** Finds the wrong line before the first minute of measuring, not after. */
  private void requireSound(List<Layer> layers, LayerTimer timer) {
    for (Layer layer : layers) {
      try {
        timer.plan(layer, dtype);
      } catch (IllegalArgumentException mistake) {
        String line = layersFile == null ? "" : layersFile + ": line " + layer.line() + ": ";
        throw new IllegalArgumentException(
            line + "layer " + layer.name() + ": " + mistake.getMessage(), mistake);
      }
    }
  }
}
