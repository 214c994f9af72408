package io.github.colonnade.cli;

import io.github.colonnade.Tensor;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Max pooling's gradient on files. */
@Command(
    name = "maxpool2d-backward",
    description = "Compute the gradient of maxpool2d: each window's goes to where its maximum is.",
    sortOptions = false)
final class MaxPool2dBackwardCommand implements Callable<Integer> {
  @Mixin private InputOption inputFile = new InputOption();

  @Mixin private GradOutputOption gradOutputFile = new GradOutputOption();

  @Mixin private MaxPoolOptions windows = new MaxPoolOptions();

  @Mixin private GradInputOption gradInputFile = new GradInputOption();

  @Mixin private DTypeOption dtype = new DTypeOption();

  @Override
  public Integer call() throws IOException {
    ResultFiles results = gradInputFile.promise();
    try (OperandFiles operands = dtype.operands()) {
      Tensor input = inputFile.read(operands);
      Tensor gradOutput = gradOutputFile.read(operands, "C");
      gradInputFile.put(
          results, operands.compute(arena -> windows.pool().backward(arena, input, gradOutput)));
      results.write();
    }
    return 0;
  }
}
