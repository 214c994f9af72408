package io.github.colonnade.cli;

import io.github.colonnade.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --grad-input} where it is the only result. */
final class GradInputOption {
  private static final String NAME = "--grad-input";

  @Option(
      names = NAME,
      required = true,
      paramLabel = "o.npy",
      description = "Where the input's gradient goes, [N, C, H, W].")
  private Path file;

  /** Starts the results with this one. */
  ResultFiles promise() throws IOException {
    return new ResultFiles().promise(NAME, file);
  }

  void put(ResultFiles results, Tensor gradInput) {
    results.put(file, gradInput);
  }
}
