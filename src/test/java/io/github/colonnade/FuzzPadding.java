package io.github.colonnade;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Padding as an operator, and its adjoint. */
record FuzzPadding(Pad2d.Mode mode, Padding.Explicit sides, double value, List<Long> shape)
    implements FuzzPlanes.Operator {

  static FuzzPadding draw(SplittableRandom random) {
    Pad2d.Mode mode = Fuzz.any(random, Pad2d.Mode.values());
    long h = FuzzConvolution.size(random, 60);
    long w = FuzzConvolution.size(random, 60);
    long tallest = most(mode, h);
    long widest = most(mode, w);
    return new FuzzPadding(
        mode,
        new Padding.Explicit(
            random.nextLong(tallest + 1),
            random.nextLong(widest + 1),
            random.nextLong(tallest + 1),
            random.nextLong(widest + 1)),
        mode == Pad2d.Mode.CONSTANT ? random.nextDouble(-1, 1) : 0,
        List.of(FuzzConvolution.size(random, 4), FuzzConvolution.size(random, 5), h, w));
  }

  private static long most(Pad2d.Mode mode, long size) {
    return switch (mode) {
      case REFLECT -> size - 1;
      case CIRCULAR -> size;
      default -> 2 * size + 5;
    };
  }

  private Pad2d pad(int threads) {
    Pad2d.Builder builder =
        Pad2d.builder(mode)
            .padding(sides.top(), sides.left(), sides.bottom(), sides.right())
            .threads(threads);
    return (mode == Pad2d.Mode.CONSTANT ? builder.value(value) : builder).build();
  }

  @Override
  public long[] inputShape() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }

  @Override
  public long[] outputShape() {
    return pad(1).outputShape(inputShape());
  }

  @Override
  public double beside() {
    return value;
  }

  /** Returns the pixel that a position holds, −1 for none: step by step, as a person would. */
  static long source(Pad2d.Mode mode, long position, long size) {
    long at = position;
    while (at < 0 || at >= size) {
      switch (mode) {
        case CONSTANT -> {
          return -1;
        }
        case REFLECT -> at = at < 0 ? -at : 2 * (size - 1) - at;
        case REPLICATE -> at = at < 0 ? 0 : size - 1;
        case CIRCULAR -> at += at < 0 ? size : -size;
        case SYMMETRIC -> at = at < 0 ? -1 - at : 2 * size - 1 - at;
      }
    }
    return at;
  }

  @Override
  public void products(FuzzPlanes.Product product) {
    long[] sizes = outputShape();
    long h = shape.get(2);
    long w = shape.get(3);
    for (long plane = 0; plane < sizes[0] * sizes[1]; plane++) {
      for (long row = 0; row < sizes[2]; row++) {
        for (long column = 0; column < sizes[3]; column++) {
          long y = source(mode, row - sides.top(), h);
          long x = source(mode, column - sides.left(), w);
          product.at(
              y < 0 || x < 0 ? -1 : (plane * h + y) * w + x,
              -1,
              (plane * sizes[2] + row) * sizes[3] + column);
        }
      }
    }
  }

  @Override
  public void forward(Tensor input, Tensor weight, Tensor output, int threads) {
    pad(threads).forward(input, output);
  }

  @Override
  public boolean backward(Tensor gradOutput, Tensor gradInput, int threads) {
    pad(threads).backward(gradOutput, gradInput);
    return true;
  }

  @Override
  public String toString() {
    return pad(1) + " of " + Arrays.toString(inputShape());
  }
}
