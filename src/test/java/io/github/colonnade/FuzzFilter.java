package io.github.colonnade;

import java.util.SplittableRandom;

/** SciPy's two operators on one plane. */
record FuzzFilter(boolean convolve, long h, long w, long kh, long kw, Signal2d.Options options)
    implements FuzzPlanes.Operator {
  static FuzzFilter draw(SplittableRandom random) {
    Signal2d.Mode mode = Fuzz.any(random, Signal2d.Mode.values());
    Signal2d.Boundary boundary = Fuzz.any(random, Signal2d.Boundary.values());
    long kh = FuzzConvolution.size(random, 12);
    long kw = FuzzConvolution.size(random, 12);
    boolean larger = mode == Signal2d.Mode.VALID;
    Signal2d.Options options = Signal2d.Options.defaults().withMode(mode).withBoundary(boundary);
    return new FuzzFilter(
        random.nextBoolean(),
        FuzzConvolution.size(random, 120) + (larger ? kh - 1 : 0),
        FuzzConvolution.size(random, 120) + (larger ? kw - 1 : 0),
        kh,
        kw,
        boundary == Signal2d.Boundary.FILL
            ? options.withFill(random.nextBoolean() ? 0 : random.nextDouble(-1, 1))
            : options);
  }

  @Override
  public long[] inputShape() {
    return new long[] {h, w};
  }

  @Override
  public long[] weightShape() {
    return new long[] {kh, kw};
  }

  @Override
  public long[] outputShape() {
    return new long[] {outputs(h, kh), outputs(w, kw)};
  }

  private long outputs(long size, long kernel) {
    return switch (options.mode()) {
      case FULL -> size + kernel - 1;
      case SAME -> size;
      case VALID -> size - kernel + 1;
    };
  }

  /** Returns where, of the full result's positions, the first output lies. */
  private long first(long kernel) {
    return switch (options.mode()) {
      case FULL -> 0;
      // Centred: SciPy's correlation leaves the odd one out on the other side.
      case SAME -> convolve ? (kernel - 1) / 2 : kernel / 2;
      case VALID -> kernel - 1;
    };
  }

  @Override
  public double beside() {
    return options.fillValue();
  }

  @Override
  public void products(FuzzPlanes.Product product) {
    long outW = outputs(w, kw);
    for (long output = 0; output < outputs(h, kh) * outW; output++) {
      for (long tap = 0; tap < kh * kw; tap++) {
        long row = output / outW + first(kh) - (kh - 1) + tap / kw;
        long column = output % outW + first(kw) - (kw - 1) + tap % kw;
        long y = FuzzPadding.source(border(), row, h);
        long x = FuzzPadding.source(border(), column, w);
        long weight = convolve ? kh * kw - 1 - tap : tap;
        product.at(y < 0 || x < 0 ? -1 : y * w + x, weight, output);
      }
    }
  }

  /** Returns the padding that lies around the image. */
  private Pad2d.Mode border() {
    return switch (options.boundary()) {
      case FILL -> Pad2d.Mode.CONSTANT;
      case WRAP -> Pad2d.Mode.CIRCULAR;
      case SYMM -> Pad2d.Mode.SYMMETRIC;
    };
  }

  @Override
  public void forward(Tensor input, Tensor weight, Tensor output, int threads) {
    if (convolve) {
      Signal2d.convolve2d(input, weight, output, options.withThreads(threads));
    } else {
      Signal2d.correlate2d(input, weight, output, options.withThreads(threads));
    }
  }
}
