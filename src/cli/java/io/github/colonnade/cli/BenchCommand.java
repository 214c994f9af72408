package io.github.colonnade.cli;

import io.github.colonnade.DType;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.cli.bench.Layer;
import io.github.colonnade.cli.bench.LayerLimit;
import io.github.colonnade.cli.bench.LayerSet;
import io.github.colonnade.cli.bench.LayerTable;
import io.github.colonnade.cli.bench.LayerTimer;
import io.github.colonnade.cli.bench.MachineLimit;
import io.github.colonnade.cli.bench.Measurement;
import io.github.colonnade.cli.bench.Total;
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
  private static final double LIMIT_SECONDS = 0.1;

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
              + "if left out. A last column count says how often each stands in a network, and has "
              + "a total printed.")
  private Path layersFile;

  @Option(
      names = "--network",
      paramLabel = "NAME",
      converter = Choices.NetworkConverter.class,
      description = "Every convolution of resnet50, vgg16, mobilenetv2 or unet instead.")
  private String network;

  @Option(
      names = "--batch",
      paramLabel = "N",
      converter = Numbers.Positive.class,
      description = "Images of every layer, in place of its column n.")
  private Long batch;

  @Option(
      names = "--pass",
      paramLabel = "forward|backward",
      converter = Choices.PassConverter.class,
      description = "What to compute; backward is all three gradients. forward if left out.")
  private BenchPass pass = BenchPass.FORWARD;

  @Mixin private AlgorithmOption algorithm = new AlgorithmOption();

  @Option(
      names = "--kernels",
      paramLabel = "portable|vector",
      converter = Choices.KernelsConverter.class,
      description =
          "What computes besides OpenBLAS: loops in Java, or the Vector API, which needs its module; "
              + "the Vector API if left out and the module is there.")
  private Kernels kernels;

  @Option(
      names = "--prepared",
      description = "Time the forward pass with weights that were prepared beforehand.")
  private boolean prepared;

  @Option(
      names = "--limit",
      description = {
        "Also measure how fast this machine multiplies, adds and reads memory, and print what share",
        "of that limit is reached: 'limit' with the algorithm that ran, 'least' with the one of the",
        "fewest operations. What stays in a cache between calls may exceed 100%%."
      })
  private boolean withLimit;

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
    if (kernels != null) {
      kernels.force();
    }
    if (prepared && pass != BenchPass.FORWARD) {
      throw new IllegalArgumentException(
          "--prepared: is given with --pass backward, must be with forward");
    }
    LayerSet layers = layers();
    PlanOptions options = algorithm.planOptions();
    LayerTimer timer = new LayerTimer(pass, options, prepared, SECONDS);
    requireSound(layers, timer);
    BenchReport report = new BenchReport(out, withLimit);
    BenchReport.printMachine(out, options.threads());
    MachineLimit machine = null;
    if (withLimit) {
      machine = MachineLimit.measure(dtype, options.threads(), LIMIT_SECONDS);
      report.printLimit(machine);
    }
    out.printf(
        "%s pass, %s kernels, random inputs%s%n%n",
        Choices.name(pass), PlanOptions.kernels(), prepared ? ", prepared weights" : "");
    report.printHeader();
    timer.measure(layers.layers().get(0), dtype);
    List<BenchReport.Row> rows = new ArrayList<>();
    for (Layer layer : layers.layers()) {
      Measurement measured = timer.measure(layer, dtype);
      LayerLimit limit =
          machine == null ? null : LayerLimit.of(layer, timer.plan(layer, dtype), pass, machine);
      report.print(measured, limit);
      rows.add(new BenchReport.Row(measured, limit));
    }
    Total total = null;
    if (layers.isCounted()) {
      total = Total.of(layers, rows.stream().map(BenchReport.Row::measured).toList());
      report.print(total);
    }
    if (jsonFile != null) {
      writeJson(rows, total, machine);
    }
    return 0;
  }

  private void writeJson(List<BenchReport.Row> rows, Total total, MachineLimit machine)
      throws IOException {
    NewFiles.write(jsonFile, stream -> BenchReport.writeJson(stream, rows, total, machine));
  }

  private LayerSet layers() throws IOException {
    if (layersFile != null && network != null) {
      throw new IllegalArgumentException("--network: is given with --layers, must be one of them");
    }
    LayerSet layers;
    if (network != null) {
      layers = LayerTable.network(network);
    } else {
      layers = layersFile == null ? LayerTable.publicSet() : LayerTable.read(layersFile);
    }
    return batch == null ? layers : layers.withImages(batch);
  }

  /** Finds the wrong line before the first minute of measuring, not after. */
  private void requireSound(LayerSet layers, LayerTimer timer) {
    for (Layer layer : layers.layers()) {
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
