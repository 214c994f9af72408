package io.github.colonnade.examples;

import io.github.colonnade.Conv2d;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.Npy;
import io.github.colonnade.NpyOutput;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/** NumPy files through memory, in and out: either may be larger than memory is. */
public final class MappedArrays {
  private MappedArrays() {}

  /**
   * Runs the example.
   *
   * @param args a folder, which gets two files
   * @throws IOException if a file cannot be read or written
   */
  public static void main(String... args) throws IOException {
    Path imagesFile = Path.of(args[0], "images.npy");
    Path featuresFile = Path.of(args[0], "features.npy");
    try (Arena arena = Arena.ofConfined()) {
      Tensor weight = Tensor.allocate(arena, DType.F32, 4, 1, 3, 3).fill(1);
      Npy.write(imagesFile, Tensor.allocate(arena, DType.F32, 32, 1, 28, 28).fill(2));
      // @start region="mapped"
      Tensor images = Npy.map(imagesFile, arena); // [32, 1, 28, 28], read as it is touched

      Conv2dPlan plan = Conv2d.builder(1, 4, 3, 3).build().plan(DType.F32, 8, 1, 28, 28);
      try (NpyOutput features = Npy.create(featuresFile, DType.F32, 32, 4, 26, 26)) {
        for (long i = 0; i < 32; i += 8) {
          Tensor batch = images.slice(i, i + 8);
          plan.forward(batch, weight, null, features.tensor().slice(i, i + 8));
        }
        features.commit(); // only now has the file its name
      }
      // @end
      Tensor features = Npy.read(featuresFile, arena);
      System.out.println(features + ", last value " + features.get(31, 3, 25, 25));
    }
  }
}
