package io.github.colonnade.cli;

import io.github.colonnade.Npy;
import io.github.colonnade.Tensor;
import io.github.colonnade.cli.files.NewFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The arrays that one command writes: all of them appear, or none. */
final class ResultFiles {
  private final Map<Path, String> options = new HashMap<>();
  private final Map<Path, Tensor> arrays = new LinkedHashMap<>();

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
    NewFile.requireWritable(file);
    String other = options.putIfAbsent(NewFile.target(file), option);
    if (other != null) {
      throw new IllegalArgumentException(
          option + ": is '" + file + "', the file of " + other + " too, must be another");
    }
    return this;
  }

  /** Keeps what a file will hold. */
  void put(Path file, Tensor array) {
    arrays.put(file, array);
  }

  /** Writes all files under temporary names, then renames them. */
  void write() throws IOException {
    List<NewFile> files = new ArrayList<>();
    try {
      for (Map.Entry<Path, Tensor> array : arrays.entrySet()) {
        NewFile file = new NewFile(array.getKey());
        files.add(file);
        write(file, array.getValue());
      }
      for (NewFile file : files) {
        file.publish();
      }
      files.forEach(NewFile::keep);
    } finally {
      for (NewFile file : files) {
        file.close();
      }
    }
  }

  private static void write(NewFile file, Tensor array) throws IOException {
    try {
      Npy.write(file.temporary(), array);
    } catch (IOException e) {
      throw file.named(e);
    }
  }
}
