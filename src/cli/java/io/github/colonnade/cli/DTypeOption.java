package io.github.colonnade.cli;

import io.github.colonnade.DType;
import picocli.CommandLine.Option;

/** {@code --dtype}. */
final class DTypeOption {
  @Option(
      names = "--dtype",
      paramLabel = "f64|f32",
      converter = Choices.DTypeConverter.class,
      description = "Type to compute in and write; the input's if left out.")
  private DType dtype;

  /** Starts reading operands, all of them converted to the type if one was given. */
  OperandFiles operands() {
    return new OperandFiles(dtype);
  }
}
