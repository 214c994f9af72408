package io.github.colonnade.cli;

import io.github.colonnade.Tensor;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Average pooling on files. */
@Command(
    name = "avgpool2d",
    description = "Take the average of each window: [N, C, H, W] -> [N, C, OH, OW].",
    sortOptions = false)
final class AvgPool2dCommand implements Callable<Integer> {
  @Mixin private InputOption inputFile = new InputOption();

  @Mixin private AvgPoolOptions windows = new AvgPoolOptions();

  @Mixin private OutputOption outputFile = new OutputOption();

  @Mixin private DTypeOption dtype = new DTypeOption();

  @Override
  public Integer call() throws IOException {
    ResultFiles results = outputFile.promise();
    try (OperandFiles operands = dtype.operands()) {
      Tensor input = inputFile.read(operands);
      outputFile.put(results, operands.compute(arena -> windows.pool().forward(arena, input)));
      results.write();
    }
    return 0;
  }
}
