package io.github.colonnade.cli;

import io.github.colonnade.MaxPool2d;
import io.github.colonnade.MaxPooling2d;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Max pooling on files. */
@Command(
    name = "maxpool2d",
    description =
        "Take the maximum of each window: [N, C, H, W] -> [N, C, OH, OW]. Padding counts as minus"
            + " infinity; NaN wins over all, the first of equal values over later ones.",
    sortOptions = false)
final class MaxPool2dCommand implements Callable<Integer> {
  @Mixin private InputOption inputFile = new InputOption();

  @Mixin private MaxPoolOptions windows = new MaxPoolOptions();

  @Mixin private OutputOption outputFile = new OutputOption();

  @Option(
      names = "--indices",
      paramLabel = "i.npy",
      description =
          "Where the positions of the maxima go, i8 of the output's shape: flat in the plane of"
              + " H x W.")
  private Path indicesFile;

  @Mixin private DTypeOption dtype = new DTypeOption();

  @Override
  public Integer call() throws IOException {
    ResultFiles results = outputFile.promise().promise("--indices", indicesFile);
    try (OperandFiles operands = dtype.operands()) {
      Tensor input = inputFile.read(operands);
      MaxPool2d pool = operands.compute(arena -> windows.pool());
      if (indicesFile == null) {
        outputFile.put(results, operands.compute(arena -> pool.forward(arena, input)));
      } else {
        MaxPooling2d.Maxima maxima =
            operands.compute(arena -> pool.forwardWithIndices(arena, input));
        outputFile.put(results, maxima.output());
        results.put(indicesFile, maxima.indices());
      }
      results.write();
    }
    return 0;
  }
}
