package io.github.colonnade.cli;

import io.github.colonnade.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --weight} of a convolution. */
final class WeightOption {
  @Option(
      names = "--weight",
      required = true,
      paramLabel = "w.npy",
      description = "Weights, [O, C/groups, KH, KW].")
  private Path file;

  Tensor read(OperandFiles operands) throws IOException {
    return operands.read("--weight", "weight", file, "O", "C/groups", "KH", "KW");
  }
}
