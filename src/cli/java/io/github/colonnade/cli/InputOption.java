package io.github.colonnade.cli;

import io.github.colonnade.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --input} for images in batches. */
final class InputOption {
  @Option(
      names = "--input",
      required = true,
      paramLabel = "x.npy",
      description = "Input, [N, C, H, W].")
  private Path file;

  /** Reads the operand that the library calls {@code input}. */
  Tensor read(OperandFiles operands) throws IOException {
    return read(operands, "input");
  }

  Tensor read(OperandFiles operands, String operand) throws IOException {
    return operands.read("--input", operand, file, "N", "C", "H", "W");
  }
}
