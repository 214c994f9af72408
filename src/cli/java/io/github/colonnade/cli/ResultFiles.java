package io.github.colonnade.cli;

import io.github.colonnade.Npy;
import io.github.colonnade.Tensor;
import io.github.colonnade.cli.files.NewFiles;
import io.github.colonnade.cli.files.OutputPath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The files that one command writes: all of them appear, or none. */
final class ResultFiles {
  private final Map<Path, String> options = new HashMap<>();
  private final Map<Path, NewFiles.Content> contents = new LinkedHashMap<>();

  /**
   * Registers a file to be written, before the work is done.
   *
   * @param option the option that names it
   * @param file the file, or null if the option was left out
   * @return these results
   * @throws IOException if it cannot be written
   * @throws IllegalArgumentException if another option names the same file
   */
  ResultFiles promise(String option, Path file) throws IOException {
    if (file == null) {
      return this;
    }
    String other = options.putIfAbsent(OutputPath.requireWritable(file), option);
    if (other != null) {
      throw new IllegalArgumentException(
          option + ": is '" + file + "', the file of " + other + " too, must be another");
    }
    return this;
  }

  /** Keeps the array that a file will hold. */
  void put(Path file, Tensor array) {
    put(file, out -> Npy.write(out, array));
  }

  /** Keeps what a file will hold. */
  void put(Path file, NewFiles.Content content) {
    contents.put(file, content);
  }

  /** Writes all files under temporary names, then renames them. */
  void write() throws IOException {
    try (NewFiles files = new NewFiles()) {
      for (Map.Entry<Path, NewFiles.Content> content : contents.entrySet()) {
        files.add(content.getKey(), content.getValue());
      }
      files.publish();
    }
  }
}
