package io.github.colonnade.cli;

import io.github.colonnade.ConvTranspose2d;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Transposed convolution on files. */
@Command(
    name = "conv-transpose2d",
    description = {
      "Convolve transposed: [N, C, H, W] -> [N, O, OH, OW], the adjoint of conv2d from O to C.",
      "Stride and dilation count pixels of the output and padding is cut from it, as PyTorch has it;",
      "the paddings same and same-lower are refused."
    },
    sortOptions = false)
final class ConvTranspose2dCommand implements Callable<Integer> {
  @Mixin private InputOption inputFile = new InputOption();

  @Option(
      names = "--weight",
      required = true,
      paramLabel = "w.npy",
      description = "Weights, [C, O/groups, KH, KW].")
  private Path weightFile;

  @Option(names = "--bias", paramLabel = "b.npy", description = "Bias, [O]; none if left out.")
  private Path biasFile;

  @Mixin private GeometryOptions geometry = new GeometryOptions();

  @Option(
      names = "--output-padding",
      paramLabel = "P|PH,PW",
      converter = Numbers.PairFromZeroConverter.class,
      description =
          "Rows added below and columns added to the right of the output, fewer than the stride or"
              + " the dilation; 0 if left out.")
  private Numbers.Pair outputPadding = Numbers.Pair.ZERO;

  @Mixin private OutputOption outputFile = new OutputOption();

  @Mixin private DTypeOption dtype = new DTypeOption();

  @Mixin private AlgorithmOption algorithm = new AlgorithmOption();

  @Override
  public Integer call() throws IOException {
    ResultFiles results = outputFile.promise();
    try (OperandFiles operands = dtype.operands()) {
      Tensor input = inputFile.read(operands);
      Tensor weight = operands.read("--weight", "weight", weightFile, "C", "O/groups", "KH", "KW");
      Tensor bias = biasFile == null ? null : operands.read("--bias", "bias", biasFile, "O");
      outputFile.put(
          results,
          operands.compute(
              arena -> convolution(input, weight).forward(arena, input, weight, bias)));
      results.write();
    }
    return 0;
  }

  private ConvTranspose2d convolution(Tensor input, Tensor weight) {
    return geometry
        .convTranspose2d(input, weight)
        .outputPadding(outputPadding.h(), outputPadding.w())
        .options(algorithm.planOptions())
        .build();
  }
}
