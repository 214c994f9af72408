package io.github.colonnade;

import java.util.SplittableRandom;

/** A convolution with its input, written so that a failing one can be typed in again. */
record ConvCase(
    long n,
    long c,
    long h,
    long w,
    long o,
    long kh,
    long kw,
    long sh,
    long sw,
    Padding padding,
    long dh,
    long dw,
    long groups) {

  static ConvCase of(long n, long c, long h, long w, long o, long kh, long kw) {
    return new ConvCase(n, c, h, w, o, kh, kw, 1, 1, Padding.VALID, 1, 1, 1);
  }

  ConvCase stride(long vertical, long horizontal) {
    return new ConvCase(n, c, h, w, o, kh, kw, vertical, horizontal, padding, dh, dw, groups);
  }

  ConvCase padding(Padding sides) {
    return new ConvCase(n, c, h, w, o, kh, kw, sh, sw, sides, dh, dw, groups);
  }

  ConvCase padding(long top, long left, long bottom, long right) {
    return padding(Padding.of(top, left, bottom, right));
  }

  ConvCase dilation(long vertical, long horizontal) {
    return new ConvCase(n, c, h, w, o, kh, kw, sh, sw, padding, vertical, horizontal, groups);
  }

  ConvCase groups(long count) {
    return new ConvCase(n, c, h, w, o, kh, kw, sh, sw, padding, dh, dw, count);
  }

  /** Draws a small convolution that is valid by construction. */
  static ConvCase random(SplittableRandom random) {
    long groups = random.nextInt(4) == 0 ? random.nextInt(1, 5) : 1;
    long c = groups * random.nextInt(1, 6);
    long o = groups * random.nextInt(1, 6);
    long kh = random.nextInt(1, 6);
    long kw = random.nextInt(1, 6);
    long dh = random.nextInt(3) == 0 ? random.nextInt(1, 4) : 1;
    long dw = random.nextInt(3) == 0 ? random.nextInt(1, 4) : 1;
    Padding padding =
        switch (random.nextInt(6)) {
          case 0 -> Padding.SAME_UPPER;
          case 1 -> Padding.SAME_LOWER;
          case 2 -> Padding.VALID;
          case 3 -> Padding.of(random.nextInt(4));
          default ->
              Padding.of(
                  random.nextInt(4), random.nextInt(4), random.nextInt(4), random.nextInt(4));
        };
    long extentH = (kh - 1) * dh + 1;
    long extentW = (kw - 1) * dw + 1;
    return new ConvCase(
        random.nextInt(0, 5),
        c,
        extentH + random.nextInt(12),
        extentW + random.nextInt(12),
        o,
        kh,
        kw,
        random.nextInt(1, 4),
        random.nextInt(1, 4),
        padding,
        dh,
        dw,
        groups);
  }

  Conv2d conv() {
    return Conv2d.builder(c, o, kh, kw)
        .stride(sh, sw)
        .padding(padding)
        .dilation(dh, dw)
        .groups(groups)
        .build();
  }

  long[] inputShape() {
    return new long[] {n, c, h, w};
  }

  long[] weightShape() {
    return new long[] {o, c / groups, kh, kw};
  }

  /** Returns the length of the sum behind one output. */
  long depth() {
    return c / groups * kh * kw;
  }
}
