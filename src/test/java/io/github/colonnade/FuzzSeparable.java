package io.github.colonnade;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A separable filter, whole and in parts, which rounds as its definition reads.
 *
 * @param valid whether it has no border
 * @param value of a constant border
 */
record FuzzSeparable(
    List<Long> shape,
    int kernelH,
    int kernelW,
    boolean valid,
    Pad2d.Mode border,
    double value,
    DType dtype,
    FuzzValues values,
    FuzzValues taps,
    FuzzMemory.Kind memory,
    int threads,
    int otherThreads,
    long seed)
    implements FuzzCase {

  static FuzzSeparable draw(SplittableRandom random) {
    boolean valid = random.nextInt(4) == 0;
    int kernelH = (int) FuzzConvolution.size(random, 30);
    int kernelW = (int) FuzzConvolution.size(random, 30);
    // Wider than the strips that rows are cut into, now and then.
    long widest = random.nextInt(8) == 0 ? 3000 : 100;
    List<Long> shape =
        List.of(
            FuzzConvolution.size(random, 4),
            FuzzConvolution.size(random, 60) + (valid ? kernelH - 1 : 0),
            FuzzConvolution.size(random, widest) + (valid ? kernelW - 1 : 0));
    Pad2d.Mode border = valid ? Pad2d.Mode.CONSTANT : Fuzz.any(random, Pad2d.Mode.values());
    FuzzValues taps = FuzzValues.draw(random);
    return new FuzzSeparable(
        shape,
        kernelH,
        kernelW,
        valid,
        border,
        border == Pad2d.Mode.CONSTANT && !valid ? random.nextDouble(-1, 1) : 0,
        random.nextBoolean() ? DType.F64 : DType.F32,
        FuzzValues.draw(random),
        // Taps are finite, and so must their products be.
        taps == FuzzValues.NOT_FINITE || taps == FuzzValues.HUGE ? FuzzValues.UNIFORM : taps,
        FuzzMemory.Kind.draw(random),
        random.nextInt(1, 9),
        random.nextInt(1, 9),
        random.nextLong());
  }

  private SeparableFilter2d filter(double[] vertical, double[] horizontal, int count) {
    SeparableFilter2d.Builder builder =
        SeparableFilter2d.builder(vertical, horizontal).threads(count);
    if (valid) {
      return builder.valid().build();
    }
    return border == Pad2d.Mode.CONSTANT
        ? builder.constantBorder(value).build()
        : builder.border(border).build();
  }

  @Override
  public long run() {
    SplittableRandom random = new SplittableRandom(seed);
    try (Arena arena = Arena.ofConfined();
        FuzzMemory places = new FuzzMemory(random, memory)) {
      Tensor input =
          Tensor.allocate(arena, dtype, shape.stream().mapToLong(Long::longValue).toArray());
      values.fill(random, input);
      double[] vertical = drawTaps(random, arena, kernelH);
      double[] horizontal = drawTaps(random, arena, kernelW);
      SeparableFilter2d filter = filter(vertical, horizontal, threads);
      long[] outputShape = filter.outputShape(input.shape());
      Tensor placed = places.input(input);
      Tensor output = places.output(dtype, outputShape);
      filter.forward(placed, output);
      FuzzChecks.requireSame("output", define(input, vertical, horizontal), output);

      Tensor parts = places.output(dtype, outputShape);
      long height = outputShape[1];
      for (long from = 0; from < height; ) {
        long to = random.nextLong(from, height) + 1;
        places.forget();
        filter(vertical, horizontal, otherThreads).forwardRows(placed, parts, from, to);
        from = to;
      }
      FuzzChecks.requireBits("output in parts", output, parts);
      return FuzzChecks.hash(1, output);
    }
  }

  private double[] drawTaps(SplittableRandom random, Arena arena, int count) {
    Tensor drawn = Tensor.allocate(arena, dtype, count);
    taps.fill(random, drawn);
    return drawn.toDoubleArray();
  }

  /** Returns what the definition makes: of a valid filter, where the kernel is inside. */
  private double[] define(Tensor input, double[] vertical, double[] horizontal) {
    double[] all = SeparableFilter2dTest.define(input, vertical, horizontal, border, value);
    if (!valid) {
      return all;
    }
    int width = Math.toIntExact(input.size(2));
    int outH = Math.toIntExact(input.size(1)) - kernelH + 1;
    int outW = width - kernelW + 1;
    double[] inside = new double[Math.toIntExact(input.size(0)) * outH * outW];
    for (int i = 0; i < inside.length; i++) {
      int row = i / outW % outH + kernelH / 2 + i / (outW * outH) * (outH + kernelH - 1);
      inside[i] = all[row * width + i % outW + kernelW / 2];
    }
    return inside;
  }
}
