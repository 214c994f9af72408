package io.github.colonnade.readers;

import io.github.colonnade.Npz;
import java.lang.foreign.Arena;

/** {@code .npz} files: the arrays have no more bytes than DEFLATE can make of the file's. */
public final class NpzTarget {
  private static final long MOST_INFLATION = 1032;

  private NpzTarget() {}

  public static void fuzzerTestOneInput(byte[] bytes) {
    FuzzedFile.read(
        "x.npz",
        bytes,
        file -> {
          try (Arena arena = Arena.ofConfined()) {
            Npz.names(file);
            long[] left = {bytes.length * MOST_INFLATION};
            Npz.read(file, arena)
                .values()
                .forEach(
                    tensor -> {
                      NpyTarget.requireWithin(left[0], tensor);
                      left[0] -= tensor.byteSize();
                    });
          }
        });
  }
}
