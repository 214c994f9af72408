package io.github.colonnade;

import java.util.SplittableRandom;

/**
 * The geometries that {@link OperatorCalls} calls operators with.
 *
 * @param images what pools, padding, activations and dense layers take, and the window of the pools
 * @param adaptiveH rows of an adaptive pool's output
 * @param sides what is padded
 * @param columns images and windows that are lowered
 * @param plane an image's rows and columns and a kernel's, of the plane filters
 * @param matrix rows, depth and columns of a product
 * @param classes of a dense layer and of a loss
 * @param rows that a loss has labels for
 */
record CallShapes(
    ConvCase conv,
    ConvTransposeCase transposed,
    PoolCase images,
    long adaptiveH,
    long adaptiveW,
    Padding.Explicit sides,
    ConvCase columns,
    ConvCase plane,
    ConvCase matrix,
    long classes,
    long rows) {

  /** Small ones, none of whose sizes is another's. */
  static CallShapes fixed() {
    return new CallShapes(
        ConvCase.of(2, 4, 9, 10, 4, 3, 3).padding(1, 1, 1, 1),
        ConvTransposeCase.of(2, 4, 9, 10, 4, 3, 3).padding(1, 1, 1, 1),
        PoolCase.of(2, 4, 9, 10, 2, 2),
        4,
        5,
        new Padding.Explicit(1, 2, 3, 0),
        ConvCase.of(2, 4, 9, 10, 1, 3, 2),
        ConvCase.of(1, 1, 9, 10, 1, 3, 4),
        ConvCase.of(5, 7, 1, 1, 6, 1, 1),
        5,
        7);
  }

  /** Draws any, mostly small. */
  static CallShapes random(SplittableRandom random) {
    PoolCase images = images(random);
    ConvCase columns;
    do {
      columns = ConvCase.random(random);
    } while (columns.groups() > 1);
    long kh = FuzzConvolution.size(random, 12);
    long kw = FuzzConvolution.size(random, 12);
    return new CallShapes(
        ConvCase.random(random),
        ConvTransposeCase.random(random),
        images,
        FuzzConvolution.size(random, 20),
        FuzzConvolution.size(random, 20),
        new Padding.Explicit(
            random.nextLong(images.h()),
            random.nextLong(images.w()),
            random.nextLong(images.h()),
            random.nextLong(images.w())),
        columns,
        ConvCase.of(
            1,
            1,
            kh + FuzzConvolution.size(random, 40) - 1,
            kw + FuzzConvolution.size(random, 40) - 1,
            1,
            kh,
            kw),
        ConvCase.of(size(random), size(random), 1, 1, size(random), 1, 1),
        FuzzConvolution.size(random, 40),
        FuzzConvolution.size(random, 300));
  }

  private static long size(SplittableRandom random) {
    return FuzzConvolution.size(random, 150);
  }

  private static PoolCase images(SplittableRandom random) {
    PoolCase drawn;
    do {
      drawn = PoolCase.random(random).dilation(1, 1);
      if (random.nextBoolean()) {
        drawn = FuzzPool.larger(random, drawn);
      }
    } while (drawn.loops().outputs(1) == 0);
    return drawn;
  }
}
