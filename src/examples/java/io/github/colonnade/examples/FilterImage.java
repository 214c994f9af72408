package io.github.colonnade.examples;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Elementwise;
import io.github.colonnade.Pad2d;
import io.github.colonnade.Tensor;
import io.github.colonnade.image.Images;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/** A photograph, sharpened. */
public final class FilterImage {
  private FilterImage() {}

  /**
   * Runs the example.
   *
   * @param args the photograph, and the PNG file to write
   * @throws IOException if a file cannot be read or written
   */
  public static void main(String... args) throws IOException {
    Path file = Path.of(args[0]);
    Path result = Path.of(args[1]);
    try (Arena arena = Arena.ofConfined()) {
      // @start region="filter"
      Tensor photo = Images.read(file, arena, DType.F32); // [1, 3, H, W], from 0 to 1
      long channels = photo.size(1);

      // A blur of each channel on its own, the picture mirrored at its edges.
      Tensor padded = Pad2d.builder(Pad2d.Mode.REFLECT).padding(2).build().forward(arena, photo);
      Conv2d blur = Conv2d.builder(channels, channels, 5, 5).groups(channels).build();
      Tensor kernels = Tensor.allocate(arena, DType.F32, channels, 1, 5, 5).fill(1 / 25.0);
      Tensor blurred = blur.forward(arena, padded, kernels, null);

      // An unsharp mask: photo + 0.8 · (photo − blurred).
      Tensor sharp = Tensor.allocate(arena, DType.F32, photo.shape());
      Elementwise.create().combine(1.8, photo, -0.8, blurred, sharp);
      Images.write(result, sharp); // rounded, and clamped to what a picture holds
      // @end
      System.out.println(photo);
    }
  }
}
