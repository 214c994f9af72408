package io.github.colonnade.cli;

import io.github.colonnade.Tensor;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Images to columns, on files. */
@Command(
    name = "im2col",
    description = "Lower images to columns: what the kernel sees at each output pixel.",
    sortOptions = false)
final class Im2colCommand implements Callable<Integer> {
  @Mixin private InputOption inputFile = new InputOption();

  @Mixin private ColumnsOptions columns = new ColumnsOptions();

  @Mixin private OutputOption outputFile = new OutputOption();

  @Mixin private DTypeOption dtype = new DTypeOption();

  @Override
  public Integer call() throws IOException {
    ResultFiles results = outputFile.promise();
    try (OperandFiles operands = dtype.operands()) {
      Tensor image = inputFile.read(operands, "image");
      outputFile.put(
          results, operands.compute(arena -> columns.im2col(image.size(1)).im2col(arena, image)));
      results.write();
    }
    return 0;
  }
}
