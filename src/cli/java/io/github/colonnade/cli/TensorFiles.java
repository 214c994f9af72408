package io.github.colonnade.cli;

import io.github.colonnade.DType;
import io.github.colonnade.Npy;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;

/** Reads the arrays that options name. */
final class TensorFiles {
  private TensorFiles() {}

  /**
   * Reads an array of floating-point numbers of a known rank.
   *
   * @param arena owner of the memory
   * @param option the option that named the file, for messages
   * @param file the file
   * @param form what its shape must look like, such as {@code [N, C, H, W]}
   * @throws IllegalArgumentException if the array is of integers or of another rank
   */
  static Tensor read(Arena arena, String option, Path file, String... form) throws IOException {
    Tensor tensor = Npy.read(file, arena);
    if (!tensor.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          option + ": " + file + " holds integers (i8), must hold f8 or f4");
    }
    if (tensor.rank() != form.length) {
      throw new IllegalArgumentException(
          option
              + ": "
              + file
              + " has shape "
              + Arrays.toString(tensor.shape())
              + ", must be "
              + Arrays.toString(form));
    }
    return tensor;
  }

  /** Returns the tensor itself if it is of {@code dtype}, or else a rounded copy. */
  static Tensor convert(Arena arena, Tensor tensor, DType dtype) {
    if (tensor.dtype() == dtype) {
      return tensor;
    }
    Tensor converted = Tensor.allocate(arena, dtype, tensor.shape());
    for (long i = 0; i < tensor.elementCount(); i++) {
      converted.set(i, tensor.get(i));
    }
    return converted;
  }
}
