package io.github.colonnade.cli;

import io.github.colonnade.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --output}. */
final class OutputOption {
  private static final String NAME = "--output";

  @Option(
      names = NAME,
      required = true,
      paramLabel = "y.npy",
      description = "Where the output goes.")
  private Path file;

  /** Starts the results with this one. */
  ResultFiles promise() throws IOException {
    return new ResultFiles().promise(NAME, file);
  }

  void put(ResultFiles results, Tensor output) {
    results.put(file, output);
  }
}
