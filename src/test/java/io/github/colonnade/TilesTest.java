package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.Tiles.Region;
import io.github.colonnade.Tiles.Tile;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Operators in pieces: their bits are those of the whole. */
class TilesTest {
  private final SplittableRandom random = new SplittableRandom(16);
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @Test
  void cutsAPlaneAsDrawnByHand() {
    Tiles tiles = Tiles.split(5, 7, 3, 4, Conv2d.builder(1, 1, 3, 3).padding(1).build().halo());

    assertEquals(4, tiles.count());
    assertEquals("Tiles[5×7 → 5×7, 4 of 3×4]", tiles.toString());
    assertEquals(tile(0, 0, 4, 5, 0, 0, 3, 4, 1, 1, 0, 0), tiles.get(0));
    assertEquals(tile(0, 3, 4, 4, 0, 4, 3, 3, 1, 0, 0, 1), tiles.get(1));
    assertEquals(tile(2, 0, 3, 5, 3, 0, 2, 4, 0, 1, 1, 0), tiles.get(2));
    assertEquals(tile(2, 3, 3, 4, 3, 4, 2, 3, 0, 0, 1, 1), tiles.get(3));
    List<Tile> all = new ArrayList<>();
    tiles.forEach(all::add);
    assertEquals(List.of(tiles.get(0), tiles.get(1), tiles.get(2), tiles.get(3)), all);
    assertThrows(IndexOutOfBoundsException.class, () -> tiles.get(4));
    var iterator = tiles.iterator();
    all.forEach(tile -> assertEquals(tile, iterator.next()));
    assertThrows(NoSuchElementException.class, iterator::next);
  }

  @Test
  void stridesAndDilationMoveTheSource() {
    Conv2d conv = Conv2d.builder(1, 1, 3, 2).stride(2, 3).dilation(3, 1).padding(2).build();
    Tiles tiles = Tiles.split(20, 20, 4, 5, conv.halo());

    assertEquals(9, tiles.outputH());
    assertEquals(8, tiles.outputW());
    // Rows 4 to 7 read 2·4 − 2 to 2·7 − 2 + 6, columns 0 to 4 read −2 to 3·4 − 2 + 1.
    assertEquals(tile(6, 0, 13, 12, 4, 0, 4, 5, 0, 2, 0, 0), tiles.get(2));
    assertEquals(tile(14, 13, 6, 7, 8, 5, 1, 3, 0, 0, 1, 1), tiles.get(5));
  }

  @Test
  void aHaloGivenByHandKeepsTheSize() {
    Tiles tiles = Tiles.split(10, 1L << 40, 5, 1 << 20, Halo.of(1, 2, 3, 4));

    assertEquals(2L << 20, tiles.count());
    assertEquals(
        tile(4, (1 << 20) - 2, 6, (1 << 20) + 6, 5, 1 << 20, 5, 1 << 20, 0, 0, 3, 0),
        tiles.get((1 << 20) + 1));
  }

  private static Tile tile(
      long top,
      long left,
      long height,
      long width,
      long outTop,
      long outLeft,
      long outHeight,
      long outWidth,
      long... padding) {
    return new Tile(
        new Region(top, left, height, width),
        new Region(outTop, outLeft, outHeight, outWidth),
        new Padding.Explicit(padding[0], padding[1], padding[2], padding[3]));
  }

  @ParameterizedTest
  @EnumSource(names = {"REFERENCE", "DIRECT", "IM2COL", "WINOGRAD"})
  void convolutionsInPieces(Algorithm algorithm) {
    boolean sameBits = algorithm == Algorithm.REFERENCE || algorithm == Algorithm.DIRECT;
    PlanOptions options = PlanOptions.defaults().withThreads(2).withAlgorithm(algorithm);
    int compared = 0;
    for (int i = 0; i < 50; i++) {
      DType dtype = i % 2 == 0 ? DType.F64 : DType.F32;
      Conv2d conv = convolution(algorithm).options(options).build();
      long[] shape = {1 + i % 2, conv.inChannels, random.nextInt(12, 50), random.nextInt(14, 60)};
      Conv2dPlan plan;
      try {
        plan = conv.plan(dtype, shape);
      } catch (IllegalArgumentException refused) {
        assertEquals(Algorithm.DIRECT, algorithm, refused.getMessage());
        continue;
      }
      Tensor input = random(dtype, shape);
      Tensor weight = random(dtype, plan.weightShape());
      Tensor expected = Tensor.allocate(arena, dtype, plan.outputShape());
      plan.forward(input, weight, null, expected);

      Tiles tiles = split(shape, conv.halo());
      Tensor actual =
          run(
              tiles,
              input,
              expected,
              (tile, source, target) ->
                  conv.withPadding(tile.padding())
                      .plan(dtype, source.shape())
                      .forward(source, weight, null, target));

      String what = conv + " of " + input + ", " + tiles;
      if (sameBits) {
        assertEquals(-1, expected.segment().mismatch(actual.segment()), what);
      } else {
        double bound = dtype == DType.F64 ? 1e-12 : 1e-3;
        assertArrayEquals(expected.toDoubleArray(), actual.toDoubleArray(), bound, what);
      }
      compared++;
    }
    assertTrue(compared > 20);
  }

  private Conv2d.Builder convolution(Algorithm algorithm) {
    long groups = random.nextInt(1, 4);
    long in = groups * random.nextInt(1, 4);
    if (algorithm == Algorithm.WINOGRAD) {
      return Conv2d.builder(in, 4, 3, 3).padding(padding());
    }
    return Conv2d.builder(
            in, groups * random.nextInt(1, 4), random.nextInt(1, 6), random.nextInt(1, 8))
        .groups(groups)
        .padding(padding())
        .stride(random.nextInt(1, 4), random.nextInt(1, 4))
        .dilation(random.nextInt(1, 3), random.nextInt(1, 3));
  }

  @ParameterizedTest
  @EnumSource(names = {"REFERENCE", "DIRECT"})
  void transposedConvolutionsInPieces(Algorithm algorithm) {
    PlanOptions options = PlanOptions.defaults().withThreads(2).withAlgorithm(algorithm);
    for (int i = 0; i < 40; i++) {
      DType dtype = i % 2 == 0 ? DType.F64 : DType.F32;
      long strideH = random.nextInt(1, 5);
      long kernelH = random.nextInt(1, 5);
      long kernelW = random.nextInt(1, 5);
      Padding padding = Padding.of(random.nextInt(3), random.nextInt(3), 0, random.nextInt(2));
      ConvTranspose2d conv =
          transposed(kernelH, kernelW, strideH, padding, options)
              .outputPadding(random.nextLong(strideH), random.nextLong(2))
              .build();
      long[] shape = {1, 2, random.nextInt(3, 20), random.nextInt(3, 20)};
      ConvTranspose2dPlan plan = conv.plan(dtype, shape);
      Tensor input = random(dtype, shape);
      Tensor weight = random(dtype, plan.weightShape());
      Tensor expected = Tensor.allocate(arena, dtype, plan.outputShape());
      plan.forward(input, weight, null, expected);

      Tiles tiles = split(shape, conv.halo());
      Tensor actual =
          run(
              tiles,
              input,
              expected,
              (tile, source, target) ->
                  transposed(kernelH, kernelW, strideH, tile.padding(), options)
                      .outputSize(target.size(2), target.size(3))
                      .build()
                      .plan(dtype, source.shape())
                      .forward(source, weight, null, target));

      assertEquals(
          -1, expected.segment().mismatch(actual.segment()), conv + " of " + input + ", " + tiles);
    }
  }

  private static ConvTranspose2d.Builder transposed(
      long kernelH, long kernelW, long strideH, Padding padding, PlanOptions options) {
    return ConvTranspose2d.builder(2, 3, kernelH, kernelW)
        .stride(strideH, 2)
        .dilation(2, 1)
        .padding(padding)
        .options(options);
  }

  @Test
  void poolsInPieces() {
    for (int i = 0; i < 100; i++) {
      DType dtype = i % 2 == 0 ? DType.F64 : DType.F32;
      long kernelH = random.nextInt(1, 5);
      long kernelW = random.nextInt(1, 5);
      long strideH = random.nextInt(1, 6);
      boolean ceil = random.nextBoolean();
      boolean counted = random.nextBoolean();
      Padding padding =
          switch (i % 3) {
            case 0 -> Padding.SAME_LOWER;
            case 1 -> Padding.of(random.nextLong(kernelH / 2 + 1), 0, kernelH / 2, kernelW / 2);
            default -> Padding.VALID;
          };
      Function<Padding, MaxPool2d> max =
          sides ->
              MaxPool2d.builder(kernelH, kernelW)
                  .stride(strideH, 2)
                  .padding(sides)
                  .ceilMode(ceil)
                  .build();
      Function<Padding, AvgPool2d> mean =
          sides ->
              AvgPool2d.builder(kernelH, kernelW)
                  .stride(strideH, 2)
                  .padding(sides)
                  .ceilMode(ceil)
                  .countIncludePad(counted)
                  .build();
      Tensor input = random(dtype, 2, 3, random.nextInt(9, 30), random.nextInt(9, 30));
      Tensor maxima = max.apply(padding).forward(arena, input);
      Tensor means = mean.apply(padding).forward(arena, input);

      Tiles maxTiles = split(input.shape(), max.apply(padding).halo());
      Tiles meanTiles = split(input.shape(), mean.apply(padding).halo());
      Tensor someMaxima =
          run(
              maxTiles,
              input,
              maxima,
              (tile, source, target) -> max.apply(tile.padding()).forward(source, target));
      Tensor someMeans =
          run(
              meanTiles,
              input,
              means,
              (tile, source, target) -> mean.apply(tile.padding()).forward(source, target));

      String what = mean.apply(padding) + " of " + input + ", ";
      assertEquals(-1, maxima.segment().mismatch(someMaxima.segment()), what + maxTiles);
      double bound = dtype == DType.F64 ? 1e-15 : 1e-6;
      assertArrayEquals(means.toDoubleArray(), someMeans.toDoubleArray(), bound, what + meanTiles);
    }
  }

  /**
   * The last window of a tile starts behind the input, and would be dropped were it the plane's.
   */
  @Test
  void poolsWithWindowsInThePaddingInPieces() {
    Function<Padding, MaxPool2d> pool =
        sides ->
            MaxPool2d.builder(1, 2)
                .rule(PoolingRule.ONNX)
                .stride(1, 2)
                .padding(sides)
                .ceilMode(true)
                .build();
    MaxPool2d whole = pool.apply(Padding.of(0, 1, 4, 5));
    Tensor input = random(DType.F64, 1, 2, 3, 6);
    Tensor expected = whole.forward(arena, input);
    assertEquals(6, expected.size(2));
    for (long tileH : new long[] {4, 5, 6}) {
      Tiles tiles = Tiles.split(3, 6, tileH, 5, whole.halo());
      Tensor actual = Tensor.allocate(arena, DType.F64, expected.shape());
      for (Tile tile : tiles) {
        assertEquals(
            tile.target().height(),
            tile.source().height() == 0
                ? tile.target().height()
                : pool.apply(tile.padding())
                    .outputShape(1, 1, tile.source().height(), tile.source().width())[2],
            tile.toString());
      }
      if (tileH == 6) {
        TileRunner.of(tiles)
            .run(
                input,
                actual,
                (tile, source, target) -> pool.apply(tile.padding()).forward(source, target));
        assertEquals(-1, expected.segment().mismatch(actual.segment()));
      }
    }
  }

  @Test
  void whatCannotBeCutIsTold() {
    Halo halo = Conv2d.builder(1, 1, 5, 7).stride(1, 3).build().halo();
    assertRefused(
        "tileH: is 3, must be at least 4, the halo, or the output's height of 96",
        () -> Tiles.split(100, 100, 3, 2, halo));
    assertRefused(
        "tileW: is 1, must be at least 2, the halo, or the output's width of 32",
        () -> Tiles.split(100, 100, 4, 1, halo));
    assertEquals(32, Tiles.split(7, 100, 3, 2, halo).outputW());
    assertRefused(
        "kernelH: spans 5 with its dilation, the padded input has 4",
        () -> Tiles.split(4, 100, 9, halo));
    assertRefused("tileH: is 0, must be at least 1", () -> Tiles.split(9, 9, 0, halo));
    assertRefused("tileW: is -1, must be at least 1", () -> Tiles.split(9, 9, 9, -1, halo));
    assertRefused(
        "input: shape [-1, 9] has a negative size",
        () -> Tiles.split(-1, 9, 9, Halo.of(0, 0, 0, 0)));
    assertRefused("haloW: is -1, must not be negative", () -> Halo.of(0, 0, 0, -1));
    assertRefused(
        "haloH: is 9223372036854775807 and 0, which do not fit a long",
        () -> Halo.of(Long.MAX_VALUE, 0, 0, 0));
    assertRefused(
        "input: H of 9 with the halo does not fit a long",
        () -> Tiles.split(9, 9, 9, Halo.of(Long.MAX_VALUE - 1, 0, 0, 0)));
    assertEquals(0, Tiles.split(0, 5, 1, Halo.of(0, 0, 0, 0)).count());
    assertEquals(
        "Halo[MaxPool2d[kernel 2×2, stride 2×2, dilation 1×1, padding VALID, PYTORCH]]",
        MaxPool2d.builder(2, 2).build().halo().toString());
  }

  private static void assertRefused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  private Padding padding() {
    return switch (random.nextInt(4)) {
      case 0 -> Padding.VALID;
      case 1 -> Padding.SAME_LOWER;
      case 2 -> Padding.SAME_UPPER;
      default ->
          Padding.of(random.nextInt(4), random.nextInt(4), random.nextInt(9), random.nextInt(9));
    };
  }

  private Tiles split(long[] shape, Halo halo) {
    long least = 2L + random.nextInt(20);
    for (long tile = least; ; tile++) {
      try {
        return Tiles.split(shape[2], shape[3], tile, tile + random.nextInt(4), halo);
      } catch (IllegalArgumentException larger) {
        assertTrue(larger.getMessage().startsWith("tile"), larger.getMessage());
      }
    }
  }

  private Tensor run(Tiles tiles, Tensor input, Tensor like, TileRunner.Operation operation) {
    Tensor output = Tensor.allocate(arena, like.dtype(), like.shape()).fill(Double.NaN);
    TileRunner.of(tiles).withThreads(3).run(input, output, operation);
    return output;
  }

  private Tensor random(DType dtype, long... shape) {
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, random.nextDouble(-1, 1));
    }
    return tensor;
  }
}
