package io.github.colonnade.readers;

import io.github.colonnade.Npy;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;

/** {@code .npy} files, read and mapped: an array has no more bytes than its file. */
public final class NpyTarget {
  private NpyTarget() {}

  public static void fuzzerTestOneInput(byte[] bytes) {
    FuzzedFile.read(
        "x.npy",
        bytes,
        file -> {
          try (Arena arena = Arena.ofConfined()) {
            requireWithin(bytes.length, Npy.read(file, arena));
          }
        });
    FuzzedFile.read(
        "x.npy",
        bytes,
        file -> {
          try (Arena arena = Arena.ofConfined()) {
            requireWithin(bytes.length, Npy.map(file, arena));
          }
        });
  }

  static void requireWithin(long most, Tensor tensor) {
    if (tensor.byteSize() > most) {
      throw new AssertionError(tensor + " of a file that has only " + most + " bytes for it");
    }
    // Whatever the file says, it is memory.
    if (tensor.elementCount() > 0) {
      tensor.get(tensor.elementCount() - 1);
    }
  }
}
