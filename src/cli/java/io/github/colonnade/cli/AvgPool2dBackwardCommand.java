package io.github.colonnade.cli;

import io.github.colonnade.Tensor;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Average pooling's gradient on files. */
@Command(
    name = "avgpool2d-backward",
    description =
        "Compute the gradient of avgpool2d: each window's is shared out over its pixels. Of the"
            + " input only shape and type matter.",
    sortOptions = false)
final class AvgPool2dBackwardCommand implements Callable<Integer> {
  @Mixin private InputOption inputFile = new InputOption();

  @Mixin private GradOutputOption gradOutputFile = new GradOutputOption();

  @Mixin private AvgPoolOptions windows = new AvgPoolOptions();

  @Mixin private GradInputOption gradInputFile = new GradInputOption();

  @Mixin private DTypeOption dtype = new DTypeOption();

  @Override
  public Integer call() throws IOException {
    ResultFiles results = gradInputFile.promise();
    try (OperandFiles operands = dtype.operands()) {
      Tensor input = inputFile.read(operands);
      Tensor gradOutput = gradOutputFile.read(operands, "C");
      gradInputFile.put(
          results,
          operands.compute(
              arena -> {
                Tensor gradInput = Tensor.allocate(arena, input.dtype(), input.shape());
                windows.pool().backward(gradOutput, gradInput);
                return gradInput;
              }));
      results.write();
    }
    return 0;
  }
}
