package io.github.colonnade.cli;

import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The gradients of {@link Conv2dCommand}'s operator that are requested, on files. */
@Command(
    name = "conv2d-backward",
    description = "Compute gradients of conv2d: those given an output file, at least one.",
    sortOptions = false)
final class Conv2dBackwardCommand implements Callable<Integer> {
  @Mixin private InputOption inputFile = new InputOption();

  @Mixin private WeightOption weightFile = new WeightOption();

  @Mixin private GradOutputOption gradOutputFile = new GradOutputOption();

  @Mixin private GeometryOptions geometry = new GeometryOptions();

  @Option(
      names = "--grad-input",
      paramLabel = "o.npy",
      description = "Where the input's gradient goes, [N, C, H, W].")
  private Path gradInputFile;

  @Option(
      names = "--grad-weight",
      paramLabel = "o.npy",
      description = "Where the weights' gradient goes, [O, C/groups, KH, KW].")
  private Path gradWeightFile;

  @Option(
      names = "--grad-bias",
      paramLabel = "o.npy",
      description = "Where the bias's gradient goes, [O].")
  private Path gradBiasFile;

  @Mixin private DTypeOption dtype = new DTypeOption();

  @Mixin private AlgorithmOption algorithm = new AlgorithmOption();

  @Override
  public Integer call() throws IOException {
    ResultFiles results =
        new ResultFiles()
            .promise("--grad-input", gradInputFile)
            .promise("--grad-weight", gradWeightFile)
            .promise("--grad-bias", gradBiasFile);
    if (gradInputFile == null && gradWeightFile == null && gradBiasFile == null) {
      throw new IllegalArgumentException(
          "no gradient is asked for, must be at least one of --grad-input, --grad-weight and"
              + " --grad-bias");
    }
    try (OperandFiles operands = dtype.operands()) {
      Tensor input = inputFile.read(operands);
      Tensor weight = weightFile.read(operands);
      Tensor gradOutput = gradOutputFile.read(operands, "O");
      operands.compute(arena -> differentiate(arena, input, weight, gradOutput, results));
      results.write();
    }
    return 0;
  }

  private ResultFiles differentiate(
      Arena arena, Tensor input, Tensor weight, Tensor gradOutput, ResultFiles results) {
    Conv2dPlan plan =
        geometry
            .conv2d(input, weight)
            .options(algorithm.planOptions())
            .build()
            .plan(input.dtype(), input.shape());
    if (gradInputFile != null) {
      Tensor gradInput = Tensor.allocate(arena, input.dtype(), input.shape());
      plan.backwardInput(gradOutput, weight, gradInput);
      results.put(gradInputFile, gradInput);
    }
    if (gradWeightFile != null) {
      Tensor gradWeights = Tensor.allocate(arena, input.dtype(), weight.shape());
      plan.backwardWeights(input, gradOutput, gradWeights);
      results.put(gradWeightFile, gradWeights);
    }
    if (gradBiasFile != null) {
      Tensor gradBias = Tensor.allocate(arena, input.dtype(), weight.size(0));
      plan.backwardBias(gradOutput, gradBias);
      results.put(gradBiasFile, gradBias);
    }
    return results;
  }
}
