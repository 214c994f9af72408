package io.github.colonnade.cli;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Npy;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code y = W ⋆ x + b} on files. */
@Command(
    name = "conv2d",
    description = "Convolve: [N, C, H, W] -> [N, O, OH, OW], a cross-correlation.",
    sortOptions = false)
final class Conv2dCommand implements Callable<Integer> {
  @Option(
      names = "--input",
      required = true,
      paramLabel = "x.npy",
      description = "Input, [N, C, H, W].")
  private Path inputFile;

  @Option(
      names = "--weight",
      required = true,
      paramLabel = "w.npy",
      description = "Weights, [O, C/groups, KH, KW].")
  private Path weightFile;

  @Option(names = "--bias", paramLabel = "b.npy", description = "Bias, [O]; none if left out.")
  private Path biasFile;

  @Mixin private GeometryOptions geometry = new GeometryOptions();

  @Option(
      names = "--output",
      required = true,
      paramLabel = "y.npy",
      description = "Where the output goes, [N, O, OH, OW].")
  private Path outputFile;

  @Option(
      names = "--dtype",
      paramLabel = "f64|f32",
      converter = Choices.DTypeConverter.class,
      description = "Type to compute in and write; the input's if left out.")
  private DType dtype;

  @Mixin private AlgorithmOption algorithm = new AlgorithmOption();

  @Override
  public Integer call() throws IOException {
    NewFile.requireWritable(outputFile);
    try (Arena arena = Arena.ofShared()) {
      Tensor input = TensorFiles.read(arena, "--input", inputFile, "N", "C", "H", "W");
      Tensor weight = TensorFiles.read(arena, "--weight", weightFile, "O", "C/groups", "KH", "KW");
      Tensor bias = biasFile == null ? null : TensorFiles.read(arena, "--bias", biasFile, "O");
      Tensor output;
      try {
        output = convolve(arena, input, weight, bias);
      } catch (IllegalArgumentException mistake) {
        throw new IllegalArgumentException(
            mistake.getMessage() + " (" + operands(input, weight, bias) + ")", mistake);
      } catch (OutOfMemoryError tooLarge) {
        throw new OutOfMemoryError(
            tooLarge.getMessage() + " (" + operands(input, weight, bias) + ")");
      }
      Npy.write(outputFile, output);
    }
    return 0;
  }

  private Tensor convolve(Arena arena, Tensor input, Tensor weight, Tensor bias) {
    long groups = geometry.groups();
    if (weight.size(1) != input.size(1) / groups || input.size(1) % groups != 0) {
      throw new IllegalArgumentException(
          "weight: inChannels/groups is "
              + weight.size(1)
              + ", input has "
              + input.size(1)
              + " channels and groups is "
              + groups);
    }
    Conv2d conv =
        geometry
            .conv2d(input.size(1), weight.size(0), weight.size(2), weight.size(3))
            .options(algorithm.planOptions())
            .build();
    if (dtype == null) {
      return conv.forward(arena, input, weight, bias);
    }
    return conv.forward(
        arena,
        TensorFiles.convert(arena, input, dtype),
        TensorFiles.convert(arena, weight, dtype),
        bias == null ? null : TensorFiles.convert(arena, bias, dtype));
  }

  private String operands(Tensor input, Tensor weight, Tensor bias) {
    return "input "
        + inputFile
        + " is "
        + input
        + ", weight "
        + weightFile
        + " is "
        + weight
        + (bias == null ? "" : ", bias " + biasFile + " is " + bias);
  }
}
