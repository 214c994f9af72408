package io.github.colonnade.examples;

import io.github.colonnade.Algorithm;
import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Npy;
import io.github.colonnade.NpyOutput;
import io.github.colonnade.Pad2d;
import io.github.colonnade.Padding;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import io.github.colonnade.TileRunner;
import io.github.colonnade.Tiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/** Planes that may be larger than memory. */
public final class TileByTile {
  private TileByTile() {}

  /** Blurs a file and prints whether the tiles are those of the whole. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createTempDirectory("tiles");
    Path from = folder.resolve("plane.npy");
    Path to = folder.resolve("blurred.npy");
    try (Arena arena = Arena.ofShared()) {
      Tensor plane = Tensor.allocate(arena, DType.F32, 1, 1, 2500, 1800).fill(1);
      Npy.write(from, plane);

      blur(from, to);

      Tensor weight = Tensor.allocate(arena, DType.F32, 1, 1, 5, 5).fill(0.04);
      Conv2d conv = Conv2d.builder(1, 1, 5, 5).stride(2).padding(Padding.SAME_UPPER).build();
      Tensor half = Tensor.allocate(arena, DType.F32, 1, 1, 1250, 900);
      convolve(conv, plane, weight, half);
      System.out.printf(
          "%s, %.3f; %s, %.3f in the corner%n",
          Npy.map(to, arena), Npy.map(to, arena).get(0), half, half.get(0));
    } finally {
      Files.delete(from);
      Files.delete(to);
      Files.delete(folder);
    }
  }

  // @start region="tiles"
  static void convolve(Conv2d conv, Tensor input, Tensor weight, Tensor output) {
    PlanOptions direct = PlanOptions.defaults().withAlgorithm(Algorithm.DIRECT);
    Tiles tiles = Tiles.split(input.size(2), input.size(3), 1024, conv.halo());
    TileRunner.of(tiles)
        .run(
            input,
            output,
            (tile, source, target) ->
                conv.withPadding(tile.padding())
                    .plan(direct, source.dtype(), source.shape())
                    .forward(source, weight, null, target));
  }

  // @end

  // @start region="file"
  static void blur(Path from, Path to) throws IOException {
    try (Arena arena = Arena.ofShared()) {
      Tensor input = Npy.map(from, arena); // F32[N, 1, H, W]
      Tensor weight = Tensor.allocate(arena, DType.F32, 1, 1, 5, 5).fill(0.04);
      Conv2d conv = Conv2d.builder(1, 1, 5, 5).build();
      Pad2d border = Pad2d.builder(Pad2d.Mode.REFLECT).padding(2).build();
      long[] padded = border.outputShape(input.shape());
      Tiles tiles = Tiles.split(padded[2], padded[3], 1024, conv.halo());
      try (NpyOutput output = Npy.create(to, DType.F32, input.shape())) {
        TileRunner.of(tiles)
            .withBorder(border)
            .run(
                input,
                output.tensor(),
                (tile, source, target) ->
                    conv.plan(DType.F32, source.shape()).forward(source, weight, null, target));
        output.commit();
      }
    }
  }
  // @end
}
