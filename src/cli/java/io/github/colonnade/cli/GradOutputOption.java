package io.github.colonnade.cli;

import io.github.colonnade.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --grad-output}. */
final class GradOutputOption {
  private static final String NAME = "--grad-output";

  @Option(
      names = NAME,
      required = true,
      paramLabel = "g.npy",
      description = "Gradient of the output, of the output's shape.")
  private Path file;

  /** Reads the gradient, {@code channels} being the name of its second size. */
  Tensor read(OperandFiles operands, String channels) throws IOException {
    return operands.read(NAME, "gradOutput", file, "N", channels, "OH", "OW");
  }
}
