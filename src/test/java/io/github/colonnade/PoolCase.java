package io.github.colonnade;

import java.util.SplittableRandom;

/** A pool with its input, written so that a failing one can be typed in again. */
record PoolCase(
    long n,
    long c,
    long h,
    long w,
    long kh,
    long kw,
    long sh,
    long sw,
    Padding padding,
    long dh,
    long dw,
    boolean ceilMode,
    PoolingRule rule) {

  static PoolCase of(long n, long c, long h, long w, long kh, long kw) {
    return new PoolCase(
        n, c, h, w, kh, kw, kh, kw, Padding.VALID, 1, 1, false, PoolingRule.PYTORCH);
  }

  PoolCase stride(long vertical, long horizontal) {
    return new PoolCase(n, c, h, w, kh, kw, vertical, horizontal, padding, dh, dw, ceilMode, rule);
  }

  PoolCase padding(Padding sides) {
    return new PoolCase(n, c, h, w, kh, kw, sh, sw, sides, dh, dw, ceilMode, rule);
  }

  PoolCase padding(long top, long left, long bottom, long right) {
    return padding(Padding.of(top, left, bottom, right));
  }

  PoolCase dilation(long vertical, long horizontal) {
    return new PoolCase(n, c, h, w, kh, kw, sh, sw, padding, vertical, horizontal, ceilMode, rule);
  }

  PoolCase ceil() {
    return new PoolCase(n, c, h, w, kh, kw, sh, sw, padding, dh, dw, true, rule);
  }

  PoolCase onnx() {
    return new PoolCase(n, c, h, w, kh, kw, sh, sw, padding, dh, dw, ceilMode, PoolingRule.ONNX);
  }

  /** Draws a small pool within its rule; its kernel may be too large for the input. */
  static PoolCase random(SplittableRandom random) {
    PoolingRule rule = random.nextBoolean() ? PoolingRule.PYTORCH : PoolingRule.ONNX;
    long kh = random.nextInt(1, 6);
    long kw = random.nextInt(1, 6);
    Padding padding =
        switch (random.nextInt(6)) {
          case 0 -> Padding.SAME_UPPER;
          case 1 -> Padding.SAME_LOWER;
          case 2 -> Padding.VALID;
          default -> {
            long mostH = rule == PoolingRule.ONNX ? 6 : kh / 2;
            long mostW = rule == PoolingRule.ONNX ? 6 : kw / 2;
            yield Padding.of(
                random.nextLong(mostH + 1),
                random.nextLong(mostW + 1),
                random.nextLong(mostH + 1),
                random.nextLong(mostW + 1));
          }
        };
    boolean dilated =
        random.nextInt(3) == 0 && (rule == PoolingRule.ONNX || padding instanceof Padding.Explicit);
    return new PoolCase(
        random.nextInt(0, 4),
        random.nextInt(1, 5),
        random.nextInt(1, 15),
        random.nextInt(1, 15),
        kh,
        kw,
        random.nextInt(1, 6),
        random.nextInt(1, 6),
        padding,
        dilated ? random.nextInt(1, 4) : 1,
        dilated ? random.nextInt(1, 4) : 1,
        random.nextBoolean(),
        rule);
  }

  MaxPool2d maxPool() {
    return maxPool(PlanOptions.defaults().threads());
  }

  MaxPool2d maxPool(int threads) {
    return MaxPool2d.builder(kh, kw)
        .stride(sh, sw)
        .padding(padding)
        .dilation(dh, dw)
        .ceilMode(ceilMode)
        .rule(rule)
        .threads(threads)
        .build();
  }

  /** Starts the average pool of this geometry, which takes no dilation. */
  AvgPool2d.Builder avgPool() {
    return AvgPool2d.builder(kh, kw).stride(sh, sw).padding(padding).ceilMode(ceilMode).rule(rule);
  }

  long[] inputShape() {
    return new long[] {n, c, h, w};
  }

  PoolLoops loops() {
    Padding.Explicit sides = padding instanceof Padding.Explicit given ? given : null;
    return new PoolLoops(
        sides == null ? same(h, kh, sh, dh) : sliding(h, kh, sh, dh, sides.top(), sides.bottom()),
        sides == null ? same(w, kw, sw, dw) : sliding(w, kw, sw, dw, sides.left(), sides.right()));
  }

  private PoolLoops.Axis sliding(long size, long k, long s, long d, long before, long after) {
    return PoolLoops.Axis.sliding(size, k, s, d, before, after, ceilMode);
  }

  private PoolLoops.Axis same(long size, long k, long s, long d) {
    return PoolLoops.Axis.same(size, k, s, d, padding.equals(Padding.SAME_UPPER));
  }
}
