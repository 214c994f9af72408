package io.github.colonnade;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A transposed convolution with its input, written so that a failing one can be typed in again.
 *
 * @param extraH rows beyond the least output
 * @param extraW columns beyond the least output
 * @param bySize whether the extra is asked for as a size of the output, not as output padding
 */
record ConvTransposeCase(
    long n,
    long c,
    long h,
    long w,
    long o,
    long kh,
    long kw,
    long sh,
    long sw,
    long top,
    long left,
    long bottom,
    long right,
    long dh,
    long dw,
    long groups,
    long extraH,
    long extraW,
    boolean bySize) {

  static ConvTransposeCase of(long n, long c, long h, long w, long o, long kh, long kw) {
    return new ConvTransposeCase(n, c, h, w, o, kh, kw, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, false);
  }

  /** Returns the geometries that every algorithm has to get right, by name. */
  static Map<String, ConvTransposeCase> named() {
    Map<String, ConvTransposeCase> cases = new LinkedHashMap<>();
    cases.put("3x3", of(2, 3, 5, 6, 4, 3, 3));
    cases.put("3x3 padded", of(2, 3, 5, 6, 4, 3, 3).padding(1, 1, 1, 1));
    cases.put("strided", of(2, 3, 5, 6, 4, 3, 2).stride(2, 3));
    cases.put("stride above kernel", of(1, 2, 4, 3, 3, 2, 2).stride(4, 5));
    cases.put("upsampling by 2", of(2, 4, 5, 5, 3, 4, 4).stride(2, 2).padding(1, 1, 1, 1));
    cases.put(
        "output padding", of(1, 2, 4, 5, 3, 3, 3).stride(2, 3).padding(1, 1, 1, 1).extra(1, 2));
    cases.put("output padding past the kernel", of(1, 2, 3, 3, 2, 1, 1).stride(4, 3).extra(3, 2));
    cases.put("output size", of(2, 2, 4, 5, 3, 3, 3).stride(3, 2).extra(2, 1).sized());
    cases.put("least output size", of(1, 2, 4, 5, 3, 3, 3).stride(3, 2).sized());
    cases.put("asymmetric padding", of(1, 2, 5, 6, 3, 4, 3).stride(2, 1).padding(2, 0, 1, 2));
    cases.put("padding on one side", of(1, 2, 4, 4, 2, 3, 3).padding(0, 2, 0, 0));
    cases.put("padding above kernel", of(1, 2, 9, 8, 2, 2, 2).padding(3, 4, 4, 3));
    cases.put("all but one pixel cut", of(2, 3, 3, 3, 2, 3, 3).padding(2, 2, 2, 2));
    cases.put("dilation", of(1, 2, 5, 4, 3, 3, 3).dilation(2, 3).padding(1, 2, 2, 1));
    cases.put("dilation above stride", of(1, 2, 4, 4, 3, 2, 3).stride(2, 1).dilation(5, 3));
    cases.put(
        "output padding above stride",
        of(1, 2, 4, 4, 3, 2, 2).stride(2, 1).dilation(4, 3).extra(3, 2));
    cases.put("groups", of(2, 6, 4, 4, 9, 3, 3).groups(3).stride(2, 2).padding(1, 1, 1, 1));
    cases.put("depthwise", of(2, 8, 5, 5, 8, 3, 3).groups(8).padding(1, 1, 1, 1));
    cases.put("depth multiplier", of(1, 4, 4, 4, 12, 3, 3).groups(4).stride(2, 2));
    cases.put("pointwise", of(3, 8, 7, 9, 5, 1, 1));
    cases.put("pointwise strided", of(2, 8, 4, 5, 5, 1, 1).stride(2, 2).extra(1, 1));
    cases.put("pointwise padded", of(2, 3, 4, 5, 5, 1, 1).padding(1, 0, 1, 2));
    cases.put("one pixel", of(3, 4, 1, 1, 5, 3, 4));
    cases.put("one pixel, many channels", of(7, 120, 1, 1, 66, 4, 4).groups(2).stride(2, 2));
    cases.put("one pixel, many images", of(300, 9, 1, 1, 2, 5, 3));
    cases.put("one pixel, strided", of(1, 1, 1, 1, 1, 2, 2).stride(3, 3).extra(2, 2));
    cases.put("batch 0", of(0, 3, 5, 5, 2, 3, 3));
    cases.put("many small images", of(40, 16, 4, 4, 16, 4, 4).stride(2, 2).padding(1, 1, 1, 1));
    cases.put("several tiles a plane", of(1, 8, 40, 40, 64, 3, 3).padding(1, 1, 1, 1));
    cases.put("depth 385", of(1, 385, 6, 6, 4, 1, 1));
    return cases;
  }

  /** Draws a small transposed convolution that is valid by construction. */
  static ConvTransposeCase random(SplittableRandom random) {
    long groups = random.nextInt(4) == 0 ? random.nextInt(1, 5) : 1;
    ConvTransposeCase drawn =
        of(
                random.nextInt(0, 5),
                groups * random.nextInt(1, 6),
                random.nextInt(1, 9),
                random.nextInt(1, 9),
                groups * random.nextInt(1, 6),
                random.nextInt(1, 6),
                random.nextInt(1, 6))
            .stride(random.nextInt(1, 5), random.nextInt(1, 5))
            .dilation(
                random.nextInt(3) == 0 ? random.nextInt(1, 5) : 1,
                random.nextInt(3) == 0 ? random.nextInt(1, 5) : 1)
            .groups(groups);
    drawn =
        drawn.extra(
            random.nextLong(Math.max(drawn.sh, drawn.dh)),
            random.nextLong(Math.max(drawn.sw, drawn.dw)));
    long spareH = drawn.outputH() - 1;
    long spareW = drawn.outputW() - 1;
    long top = random.nextLong(Math.min(4, spareH) + 1);
    long left = random.nextLong(Math.min(4, spareW) + 1);
    drawn =
        drawn.padding(
            top,
            left,
            random.nextLong(Math.min(4, spareH - top) + 1),
            random.nextLong(Math.min(4, spareW - left) + 1));
    return random.nextBoolean() ? drawn.sized() : drawn;
  }

  ConvTransposeCase stride(long vertical, long horizontal) {
    return new ConvTransposeCase(
        n,
        c,
        h,
        w,
        o,
        kh,
        kw,
        vertical,
        horizontal,
        top,
        left,
        bottom,
        right,
        dh,
        dw,
        groups,
        extraH,
        extraW,
        bySize);
  }

  ConvTransposeCase padding(long above, long before, long below, long after) {
    return new ConvTransposeCase(
        n, c, h, w, o, kh, kw, sh, sw, above, before, below, after, dh, dw, groups, extraH, extraW,
        bySize);
  }

  ConvTransposeCase dilation(long vertical, long horizontal) {
    return new ConvTransposeCase(
        n,
        c,
        h,
        w,
        o,
        kh,
        kw,
        sh,
        sw,
        top,
        left,
        bottom,
        right,
        vertical,
        horizontal,
        groups,
        extraH,
        extraW,
        bySize);
  }

  ConvTransposeCase groups(long count) {
    return new ConvTransposeCase(
        n, c, h, w, o, kh, kw, sh, sw, top, left, bottom, right, dh, dw, count, extraH, extraW,
        bySize);
  }

  ConvTransposeCase extra(long rows, long columns) {
    return new ConvTransposeCase(
        n, c, h, w, o, kh, kw, sh, sw, top, left, bottom, right, dh, dw, groups, rows, columns,
        bySize);
  }

  ConvTransposeCase sized() {
    return new ConvTransposeCase(
        n, c, h, w, o, kh, kw, sh, sw, top, left, bottom, right, dh, dw, groups, extraH, extraW,
        true);
  }

  ConvTranspose2d conv() {
    return conv(PlanOptions.defaults());
  }

  ConvTranspose2d conv(PlanOptions options) {
    ConvTranspose2d.Builder builder =
        ConvTranspose2d.builder(c, o, kh, kw)
            .stride(sh, sw)
            .padding(Padding.of(top, left, bottom, right))
            .dilation(dh, dw)
            .groups(groups)
            .options(options);
    return bySize
        ? builder.outputSize(outputH(), outputW()).build()
        : builder.outputPadding(extraH, extraW).build();
  }

  /** Returns the convolution from output to input whose adjoint this is. */
  Conv2d adjoint() {
    return Conv2d.builder(o, c, kh, kw)
        .stride(sh, sw)
        .padding(Padding.of(top, left, bottom, right))
        .dilation(dh, dw)
        .groups(groups)
        .build();
  }

  /** Returns whether the adjoint reads nothing else: rows beyond a stride make it one larger. */
  boolean hasAdjoint() {
    return extraH < sh && extraW < sw;
  }

  long outputH() {
    return (h - 1) * sh - top - bottom + (kh - 1) * dh + 1 + extraH;
  }

  long outputW() {
    return (w - 1) * sw - left - right + (kw - 1) * dw + 1 + extraW;
  }

  long[] inputShape() {
    return new long[] {n, c, h, w};
  }

  long[] weightShape() {
    return new long[] {c, o / groups, kh, kw};
  }

  long[] outputShape() {
    return new long[] {n, o, outputH(), outputW()};
  }

  /** Takes one product of the definition: the positions of input, weight and output. */
  interface Product {
    void at(long x, long w, long y);
  }

  /** Walks the definition: every input pixel goes, weighted, to every place its kernel reaches. */
  void products(Product product) {
    long groupIn = c / groups;
    long groupOut = o / groups;
    for (long image = 0; image < n; image++) {
      for (long ic = 0; ic < c; ic++) {
        for (long pixel = 0; pixel < h * w; pixel++) {
          for (long k = 0; k < groupOut * kh * kw; k++) {
            long oc = ic / groupIn * groupOut + k / (kh * kw);
            long row = pixel / w * sh - top + k / kw % kh * dh;
            long column = pixel % w * sw - left + k % kw * dw;
            if (row >= 0 && row < outputH() && column >= 0 && column < outputW()) {
              product.at(
                  (image * c + ic) * h * w + pixel,
                  ic * groupOut * kh * kw + k,
                  ((image * o + oc) * outputH() + row) * outputW() + column);
            }
          }
        }
      }
    }
  }
}
