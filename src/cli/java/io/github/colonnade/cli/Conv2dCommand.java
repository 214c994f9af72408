package io.github.colonnade.cli;

import io.github.colonnade.Conv2d;
import io.github.colonnade.Tensor;
import java.io.IOException;
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
  @Mixin private InputOption inputFile = new InputOption();

  @Mixin private WeightOption weightFile = new WeightOption();

  @Option(names = "--bias", paramLabel = "b.npy", description = "Bias, [O]; none if left out.")
  private Path biasFile;

  @Mixin private GeometryOptions geometry = new GeometryOptions();

  @Mixin private OutputOption outputFile = new OutputOption();

  @Mixin private DTypeOption dtype = new DTypeOption();

  @Mixin private AlgorithmOption algorithm = new AlgorithmOption();

  @Override
  public Integer call() throws IOException {
    ResultFiles results = outputFile.promise();
    try (OperandFiles operands = dtype.operands()) {
      Tensor input = inputFile.read(operands);
      Tensor weight = weightFile.read(operands);
      Tensor bias = biasFile == null ? null : operands.read("--bias", "bias", biasFile, "O");
      outputFile.put(
          results,
          operands.compute(
              arena -> {
                Conv2d conv =
                    geometry.conv2d(input, weight).options(algorithm.planOptions()).build();
                return conv.forward(arena, input, weight, bias);
              }));
      results.write();
    }
    return 0;
  }
}
