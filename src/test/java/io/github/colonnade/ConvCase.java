package io.github.colonnade;

import java.util.LinkedHashMap;
import java.util.Map;
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

  /** Returns the geometries that every algorithm has to get right, by name. */
  static Map<String, ConvCase> named() {
    Map<String, ConvCase> cases = new LinkedHashMap<>();
    cases.put("3x3", of(2, 3, 9, 11, 4, 3, 3));
    cases.put("3x3 padded", of(2, 3, 9, 11, 4, 3, 3).padding(1, 1, 1, 1));
    cases.put("asymmetric padding", of(1, 2, 5, 7, 3, 3, 2).padding(2, 0, 1, 3));
    cases.put("stride with remainder", of(2, 2, 10, 12, 3, 3, 3).stride(2, 3));
    cases.put("stride above kernel", of(1, 2, 11, 13, 2, 2, 2).stride(4, 5));
    cases.put("dilation", of(1, 2, 12, 12, 3, 3, 3).dilation(2, 3).padding(2, 3, 2, 3));
    cases.put("groups", of(2, 6, 8, 8, 9, 3, 3).groups(3).padding(1, 1, 1, 1));
    cases.put("depthwise", of(2, 8, 9, 9, 8, 3, 3).groups(8).padding(1, 1, 1, 1));
    cases.put("depth multiplier", of(1, 4, 7, 7, 12, 3, 3).groups(4));
    cases.put(
        "depthwise 5x5 strided",
        of(2, 6, 13, 15, 6, 5, 5).groups(6).stride(2, 2).padding(2, 2, 2, 2));
    cases.put(
        "depthwise stride 3 by 2",
        of(1, 3, 14, 11, 6, 3, 4).groups(3).stride(3, 2).padding(1, 0, 2, 3));
    cases.put(
        "depthwise dilated and strided",
        of(2, 4, 17, 19, 4, 3, 3).groups(4).dilation(3, 2).stride(2, 3).padding(3, 2, 3, 2));
    cases.put("depth multiplier 2 padded", of(2, 3, 8, 9, 6, 5, 3).groups(3).padding(2, 1, 2, 1));
    cases.put(
        "depthwise strided", of(2, 5, 15, 18, 5, 3, 3).groups(5).stride(2, 2).padding(1, 0, 1, 2));
    cases.put("depthwise one column", of(2, 4, 12, 1, 4, 3, 3).groups(4).padding(1, 1, 1, 1));
    cases.put("depthwise one row", of(2, 4, 1, 12, 4, 3, 3).groups(4).padding(1, 1, 1, 1));
    cases.put("depthwise pixel by pixel", of(2, 5, 4, 4, 5, 1, 1).groups(5));
    cases.put("depthwise kernel = input", of(3, 4, 7, 6, 4, 7, 6).groups(4));
    cases.put("depthwise wide rows", of(1, 2, 9, 3000, 2, 3, 3).groups(2).padding(1, 1, 1, 1));
    cases.put("depthwise on large planes", of(3, 4, 41, 37, 4, 3, 3).groups(4).padding(1, 1, 1, 1));
    cases.put(
        "groups of few channels on large planes",
        of(2, 6, 30, 35, 9, 2, 5).groups(3).dilation(3, 2).padding(4, 5, 0, 3));
    cases.put("groups of 8 strided", of(2, 16, 9, 10, 16, 3, 3).groups(2).stride(2, 2));
    cases.put("groups of 20 outputs", of(1, 6, 6, 7, 40, 3, 3).groups(2).padding(1, 1, 1, 1));
    cases.put(
        "few pixels of many channels", of(2, 40, 7, 7, 96, 3, 3).stride(2, 2).padding(1, 1, 1, 1));
    cases.put("groups of 6 outputs", of(33, 4, 7, 11, 12, 3, 3).groups(2).padding(1, 1, 1, 1));
    cases.put("groups of 6 inputs", of(33, 12, 6, 5, 4, 3, 3).groups(2).padding(1, 1, 1, 1));
    cases.put("groups of 7 outputs strided", of(33, 4, 9, 11, 14, 3, 3).groups(2).stride(2, 2));
    cases.put("one wide plane", of(1, 1, 7, 203, 1, 3, 3).padding(1, 1, 1, 1));
    cases.put("one wide plane to four", of(2, 1, 4, 133, 4, 3, 3).padding(1, 2, 0, 1));
    cases.put("one wide plane, 2×2", of(1, 1, 5, 140, 1, 2, 2));
    cases.put("one wide plane, 4×4", of(1, 1, 6, 137, 1, 4, 4).padding(1, 1, 1, 1));
    cases.put("one wide plane, 5×5", of(2, 1, 8, 203, 1, 5, 5).padding(2, 2, 2, 2));
    cases.put("one wide plane to two, 7×7", of(1, 1, 9, 141, 2, 7, 7).padding(3, 3, 3, 3));
    cases.put("wide planes, one row of taps", of(1, 2, 6, 150, 2, 1, 6).padding(0, 0, 2, 3));
    cases.put("wide planes, one column of taps", of(1, 2, 9, 131, 1, 4, 1).padding(1, 2, 0, 0));
    cases.put("wide planes of three channels", of(2, 3, 5, 150, 2, 5, 5).padding(2, 2, 2, 2));
    cases.put("one plane of long rows", of(1, 1, 3, 2500, 1, 5, 5).padding(2, 2, 2, 2));
    cases.put("long rows of two channels to three", of(1, 2, 5, 4300, 3, 2, 3));
    cases.put("many weights", of(2, 15, 9, 11, 7, 3, 3).padding(1, 1, 1, 1));
    cases.put("many weights, many small images", of(9, 20, 4, 5, 33, 3, 3).padding(1, 1, 1, 1));
    cases.put("many weights strided", of(3, 50, 9, 8, 17, 3, 3).stride(2, 2));
    cases.put("groups with many weights", of(2, 44, 6, 7, 130, 3, 3).groups(2));
    cases.put("pointwise with many channels", of(2, 150, 5, 6, 9, 1, 1));
    cases.put("few channels, many rows", of(1, 3, 40, 50, 32, 5, 5));
    cases.put(
        "few channels, many rows strided",
        of(1, 3, 61, 40, 32, 7, 7).stride(2, 2).padding(3, 3, 3, 3));
    cases.put(
        "few channels, many rows dilated",
        of(1, 2, 60, 50, 40, 3, 3).dilation(3, 2).padding(2, 1, 0, 1));
    cases.put("few channels, stride above kernel", of(1, 2, 120, 80, 99, 2, 3).stride(3, 1));
    cases.put("pointwise", of(3, 8, 7, 9, 5, 1, 1));
    cases.put("pointwise strided", of(2, 8, 7, 9, 5, 1, 1).stride(2, 2));
    cases.put(
        "pointwise strided on large planes", of(1, 40, 61, 58, 72, 1, 1).stride(2, 3).groups(2));
    cases.put("pointwise strided, many small images", of(9, 20, 7, 8, 33, 1, 1).stride(3, 2));
    cases.put(
        "pointwise strided beyond the input",
        of(2, 5, 6, 7, 9, 1, 1).padding(0, 0, 3, 4).stride(2, 2));
    cases.put("pointwise, many channels and images", of(5, 70, 6, 7, 300, 1, 1).groups(2));
    cases.put(
        "pointwise strided to very many channels", of(2, 200, 19, 19, 270, 1, 1).stride(2, 2));
    cases.put("pointwise groups of many channels", of(1, 300, 16, 16, 280, 1, 1).groups(2));
    cases.put("few pixels of very many channels", of(1, 120, 5, 6, 260, 3, 3).padding(1, 1, 1, 1));
    cases.put("small images of very many channels", of(5, 40, 3, 4, 260, 3, 3).padding(1, 1, 1, 1));
    cases.put("pointwise padded", of(2, 3, 4, 4, 5, 1, 1).padding(1, 2, 0, 1));
    cases.put("pointwise with columns dropped", of(1, 3, 6, 6, 2, 1, 1).stride(1, 7));
    cases.put("kernel = input", of(2, 3, 5, 4, 6, 5, 4));
    cases.put("kernel = input, groups", of(5, 6, 4, 3, 9, 4, 3).groups(3).stride(2, 3));
    cases.put("kernel = input, many channels", of(9, 70, 3, 3, 300, 3, 3));
    cases.put("kernel = input, many images", of(700, 3, 5, 5, 20, 5, 5));
    cases.put("kernel = input, depthwise", of(3, 8, 5, 5, 8, 5, 5).groups(8));
    cases.put(
        "kernel = input, dilated into the padding",
        of(2, 3, 3, 3, 4, 3, 3).dilation(2, 2).padding(0, 0, 2, 2));
    cases.put("one pixel, pointwise", of(70, 150, 1, 1, 100, 1, 1).groups(2));
    cases.put("one column below padding", of(2, 3, 4, 4, 6, 4, 4).padding(0, 0, 1, 2).stride(2, 3));
    cases.put("kernel = padded input", of(2, 3, 4, 4, 6, 6, 5).padding(1, 1, 1, 0));
    cases.put("padding above kernel", of(1, 2, 3, 3, 2, 2, 2).padding(4, 5, 3, 4));
    cases.put("padding only", of(1, 1, 1, 1, 1, 3, 3).padding(5, 5, 5, 5).stride(5, 5));
    cases.put("tap right of the input", of(1, 2, 3, 1, 2, 1, 2).dilation(1, 2).padding(0, 0, 0, 3));
    cases.put("tap left of the input", of(1, 2, 3, 1, 2, 1, 2).dilation(1, 3).padding(0, 4, 0, 0));
    cases.put("tap below the input", of(1, 2, 1, 3, 2, 2, 1).dilation(3, 1).padding(0, 0, 4, 0));
    cases.put("tap above the input", of(1, 2, 1, 3, 2, 2, 1).dilation(3, 1).padding(4, 0, 0, 0));
    cases.put("nothing but padding", of(2, 3, 0, 5, 4, 2, 3).padding(1, 0, 1, 0));
    cases.put("no columns, strided", of(2, 3, 5, 0, 4, 3, 3).padding(1, 1, 1, 2).stride(2, 2));
    cases.put(
        "no columns, depthwise strided",
        of(2, 3, 5, 0, 3, 3, 3).groups(3).padding(1, 1, 1, 2).stride(2, 2));
    cases.put("no rows", of(2, 3, 0, 5, 4, 3, 3).padding(Padding.SAME_UPPER));
    cases.put("batch 0", of(0, 3, 5, 5, 2, 3, 3));
    cases.put("many small images", of(40, 16, 7, 7, 16, 3, 3).padding(1, 1, 1, 1));
    cases.put("depth 383", of(1, 383, 6, 6, 4, 1, 1).padding(1, 0, 0, 0));
    cases.put("depth 384", of(1, 384, 6, 6, 4, 1, 1).padding(1, 0, 0, 0));
    cases.put("depth 385", of(1, 385, 6, 6, 4, 1, 1).padding(1, 0, 0, 0));
    cases.put("depth 450", of(1, 50, 8, 8, 4, 3, 3));
    cases.put("several tiles a plane", of(1, 64, 40, 40, 8, 3, 3).padding(1, 1, 1, 1));
    cases.put("same upper", of(1, 2, 7, 8, 3, 3, 4).padding(Padding.SAME_UPPER));
    cases.put("same lower", of(1, 2, 7, 8, 3, 3, 4).padding(Padding.SAME_LOWER));
    cases.put("3x3 same upper", of(3, 5, 17, 30, 7, 3, 3).padding(Padding.SAME_UPPER));
    cases.put("3x3 padded by two", of(2, 4, 10, 5, 6, 3, 3).padding(2, 2, 2, 2));
    cases.put("3x3 padded by more", of(2, 4, 6, 6, 3, 3, 3).padding(3, 5, 0, 4));
    cases.put("3x3 on one row", of(3, 2, 1, 150, 3, 3, 3).padding(1, 0, 1, 0));
    cases.put("3x3 on one pixel", of(5, 2, 1, 1, 3, 3, 3).padding(1, 1, 1, 1));
    cases.put("3x3 on a wide image", of(1, 20, 5, 1200, 24, 3, 3).padding(1, 1, 1, 1));
    cases.put(
        "3x3 on 300 tiles, groups", of(3, 20, 37, 40, 12, 3, 3).padding(1, 1, 1, 1).groups(2));
    cases.put("3x3 of many channels", of(2, 130, 7, 7, 150, 3, 3).padding(1, 1, 1, 1));
    cases.put("3x3 dilated", of(2, 7, 33, 31, 9, 3, 3).dilation(2, 2).padding(2, 2, 2, 2));
    cases.put(
        "3x3 dilated by eleven", of(1, 6, 40, 93, 5, 3, 3).dilation(11, 12).padding(11, 11, 5, 12));
    cases.put("long rows", of(2, 5, 1, 900, 6, 1, 3).dilation(1, 4));
    cases.put("long rows strided", of(1, 3, 4, 1400, 5, 2, 7).stride(2, 2).padding(1, 0, 3, 2));
    cases.put("long rows strided by five", of(2, 2, 1, 3000, 6, 1, 10).stride(1, 5));
    cases.put(
        "long rows strided and dilated",
        of(2, 3, 3, 1100, 4, 3, 4).stride(1, 3).dilation(1, 6).padding(1, 1, 5, 9));
    cases.put("3x3 on 25 tiles", of(1, 40, 20, 20, 36, 3, 3).padding(1, 1, 1, 1));
    cases.put("patches", of(3, 20, 24, 28, 40, 4, 4).stride(4, 4));
    cases.put(
        "dilated as it is strided",
        of(2, 20, 20, 26, 24, 3, 3).dilation(2, 2).stride(2, 2).padding(2, 2, 2, 2));
    cases.put("3x3 dilated, wide", of(1, 4, 9, 900, 6, 3, 3).dilation(2, 3).padding(1, 2, 3, 0));
    cases.put(
        "3x3 dilated beyond the output",
        of(2, 3, 9, 8, 4, 3, 3).dilation(4, 3).padding(1, 0, 0, 0));
    cases.put(
        "same upper strided", of(1, 2, 7, 8, 3, 3, 4).padding(Padding.SAME_UPPER).stride(2, 3));
    cases.put(
        "same lower strided", of(1, 2, 7, 8, 3, 3, 4).padding(Padding.SAME_LOWER).stride(3, 2));
    return cases;
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
    boolean square = random.nextInt(3) == 0;
    long kh = square ? 3 : random.nextInt(1, 6);
    long kw = square ? 3 : random.nextInt(1, 6);
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
    // Some kernels are larger than the input and fit by its padding alone.
    boolean explicit = padding instanceof Padding.Explicit;
    Padding.Explicit sides = explicit ? (Padding.Explicit) padding : null;
    long paddedH = explicit ? sides.top() + sides.bottom() : extentH;
    long paddedW = explicit ? sides.left() + sides.right() : extentW;
    return new ConvCase(
        random.nextInt(0, 5),
        c,
        Math.max(1, extentH - paddedH) + random.nextInt(12),
        Math.max(1, extentW - paddedW) + random.nextInt(12),
        o,
        kh,
        kw,
        square ? 1 : random.nextInt(1, 4),
        square ? 1 : random.nextInt(1, 4),
        padding,
        dh,
        dw,
        groups);
  }

  Conv2d conv() {
    return conv(PlanOptions.defaults());
  }

  Conv2d conv(PlanOptions options) {
    return Conv2d.builder(c, o, kh, kw)
        .stride(sh, sw)
        .padding(padding)
        .dilation(dh, dw)
        .groups(groups)
        .options(options)
        .build();
  }

  /** Returns whether an algorithm can compute this one. */
  boolean suits(Algorithm algorithm) {
    return switch (algorithm) {
      case WINOGRAD -> kh == 3 && kw == 3 && sh == 1 && sw == 1;
      case FFT -> sh == 1 && sw == 1;
      default -> true;
    };
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
