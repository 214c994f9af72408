package io.github.colonnade.cli;

import io.github.colonnade.Signal2d;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What signal processing's two operators have in common: all but what they compute. */
final class SignalOptions {
  @Option(names = "--input", required = true, paramLabel = "a.npy", description = "Image, [H, W].")
  private Path inputFile;

  @Option(
      names = "--kernel",
      required = true,
      paramLabel = "k.npy",
      description = "Kernel, [KH, KW].")
  private Path kernelFile;

  @Option(
      names = "--mode",
      paramLabel = "full|same|valid",
      converter = Choices.ModeConverter.class,
      description =
          "Part of the result. full: wherever the kernel touches the image, if left out; same: the"
              + " middle, as large as the image; valid: where one lies entirely within the other.")
  private Signal2d.Mode mode = Signal2d.Mode.FULL;

  @Option(
      names = "--boundary",
      paramLabel = "fill|wrap|symm",
      converter = Choices.SignalBoundaryConverter.class,
      description =
          "What lies around the image. fill: one value, if left out; wrap: the image again; symm:"
              + " the image mirrored, its edge pixels repeated.")
  private Signal2d.Boundary boundary = Signal2d.Boundary.FILL;

  @Option(
      names = "--fill-value",
      paramLabel = "V",
      converter = Numbers.Real.class,
      description = "What --boundary fill fills with; 0 if left out.")
  private double fillValue;

  @Mixin private OutputOption outputFile = new OutputOption();

  @Mixin private DTypeOption dtype = new DTypeOption();

  @Mixin private ThreadsOption threads = new ThreadsOption();

  /** One of the two. */
  interface Operator {
    Tensor apply(Arena arena, Tensor image, Tensor kernel, Signal2d.Options options);
  }

  /** Runs an operator and returns the exit code. */
  int run(Operator operator) throws IOException {
    ResultFiles results = outputFile.promise();
    Signal2d.Options options = new Signal2d.Options(mode, boundary, fillValue, threads.threads());
    try (OperandFiles operands = dtype.operands()) {
      Tensor image = operands.read("--input", "image", inputFile, "H", "W");
      Tensor kernel = operands.read("--kernel", "kernel", kernelFile, "KH", "KW");
      outputFile.put(
          results, operands.compute(arena -> operator.apply(arena, image, kernel, options)));
      results.write();
    }
    return 0;
  }
}
