package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.Axis;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Index arithmetic far beyond 2³¹, against exact integers; none of this memory exists. */
class HugeShapesTest {
  private static final int DRAWS = 20_000;
  private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

  @Test
  void elementCounts() {
    for (long seed = 0; seed < DRAWS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long[] shape = random.longs(random.nextInt(6), 0, Long.MAX_VALUE).toArray();
      BigInteger exact = BigInteger.ONE;
      for (int i = 0; i < shape.length; i++) {
        shape[i] >>>= random.nextInt(63);
        exact = exact.multiply(BigInteger.valueOf(shape[i]));
      }
      DType dtype = random.nextBoolean() ? DType.F64 : DType.F32;
      BigInteger bytes = exact.multiply(BigInteger.valueOf(dtype.byteSize()));
      if (exact.compareTo(MOST) > 0) {
        assertThrows(IllegalArgumentException.class, () -> Shapes.elementCount("x", shape));
      } else {
        assertEquals(exact.longValueExact(), Shapes.elementCount("x", shape), "seed " + seed);
      }
      if (bytes.compareTo(MOST) > 0) {
        assertThrows(IllegalArgumentException.class, () -> Shapes.byteSize("x", dtype, shape));
      } else {
        assertEquals(bytes.longValueExact(), Shapes.byteSize("x", dtype, shape), "seed " + seed);
      }
    }
  }

  @Test
  void windows() {
    int accepted = 0;
    for (long seed = 0; seed < DRAWS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long size = any(random);
      long kernel = 1 + any(random) / 2;
      long stride = 1 + any(random) / 2;
      long dilation = 1 + any(random) / 2;
      long before = any(random);
      long after = any(random);
      Padding padding =
          switch (random.nextInt(4)) {
            case 0 -> Padding.SAME_UPPER;
            case 1 -> Padding.SAME_LOWER;
            default -> Padding.of(0, before, 0, after);
          };
      BigInteger[] exact = exactWindow(size, kernel, stride, dilation, padding);
      WindowAxis axis = new WindowAxis("W", kernel, stride, dilation, padding);
      String what = "seed " + seed;
      if (exact == null) {
        assertThrows(IllegalArgumentException.class, () -> axis.place("input", size), what);
      } else {
        Axis window = axis.place("input", size);
        assertEquals(exact[0].longValueExact(), window.padBefore(), what);
        assertEquals(exact[1].longValueExact(), window.outputs(), what);
        accepted++;
      }
    }
    assertTrue(accepted > DRAWS / 10, accepted + " windows were possible");
  }

  /** Returns padding before and outputs; null where the window is impossible or fits no long. */
  private static BigInteger[] exactWindow(
      long size, long kernel, long stride, long dilation, Padding padding) {
    BigInteger one = BigInteger.ONE;
    BigInteger n = BigInteger.valueOf(size);
    BigInteger step = BigInteger.valueOf(stride);
    BigInteger extent =
        BigInteger.valueOf(kernel).subtract(one).multiply(BigInteger.valueOf(dilation)).add(one);
    if (padding instanceof Padding.Explicit sides) {
      BigInteger padded =
          n.add(BigInteger.valueOf(sides.left())).add(BigInteger.valueOf(sides.right()));
      boolean possible = padded.compareTo(MOST) <= 0 && extent.compareTo(padded) <= 0;
      BigInteger outputs = padded.subtract(extent).divide(step).add(one);
      return possible ? new BigInteger[] {BigInteger.valueOf(sides.left()), outputs} : null;
    }
    BigInteger outputs = n.add(step).subtract(one).divide(step);
    BigInteger covered = outputs.subtract(one).max(BigInteger.ZERO).multiply(step).add(extent);
    if (covered.compareTo(MOST) > 0) {
      return null;
    }
    BigInteger total = covered.subtract(n).max(BigInteger.ZERO);
    BigInteger before =
        padding.equals(Padding.SAME_UPPER)
            ? total.shiftRight(1)
            : total.subtract(total.shiftRight(1));
    return new BigInteger[] {before, outputs};
  }

  @Test
  void giantTensorsArePlannedAndChecked() {
    // 2^33 pixels a plane, 2^35 elements: more than OpenBLAS counts, so AUTO takes the loops.
    long[] shape = {2, 2, 1L << 17, 1L << 16};
    Conv2d conv = Conv2d.builder(2, 3, 3, 3).padding(1).build();
    Conv2dPlan plan = conv.plan(DType.F64, shape);
    assertEquals(Algorithm.REFERENCE, plan.algorithm());
    assertEquals(2.0 * 2 * 3 * 18 * (1L << 33), plan.flops());
    assertThrows(
        IllegalArgumentException.class,
        () -> conv.plan(PlanOptions.defaults().withAlgorithm(Algorithm.IM2COL), DType.F64, shape));
    Tensor input = imaginary(0, DType.F64, shape);
    Tensor weight = imaginary(1L << 50, DType.F64, 3, 2, 3, 3);
    Tensor output = imaginary(1L << 40, DType.F64, plan.outputShape());
    Tensor overlapping = imaginary((1L << 38) - 8, DType.F64, plan.outputShape());
    assertEquals(1L << 38, input.byteSize());
    requireMessage(
        "bias: shape is [2], must be [3]",
        () -> plan.forward(input, weight, imaginary(1L << 51, DType.F64, 2), output));
    requireMessage(
        "output: overlaps input, must not", () -> plan.forward(input, weight, null, overlapping));
  }

  @Test
  void manyPixelsInSmallPlanes() {
    // 2^40 elements in planes that OpenBLAS can count.
    for (boolean exact : new boolean[] {false, true}) {
      Conv2dPlan plan =
          Conv2d.builder(1 << 10, 1 << 10, 3, 3)
              .padding(1)
              .build()
              .plan(PlanOptions.defaults().withExact(exact), DType.F32, 1L << 18, 1 << 10, 64, 64);
      assertEquals(exact ? Algorithm.IM2COL : Algorithm.WINOGRAD, plan.algorithm());
      assertTrue(
          plan.workspaceBytes() <= Math.max(64 << 20, plan.threads() * (4L << 20)), plan.explain());
    }
  }

  @SuppressWarnings("restricted") // never touched: only its bounds are asked for
  private static Tensor imaginary(long address, DType dtype, long... shape) {
    long bytes = Shapes.byteSize("tensor", dtype, shape);
    return Tensor.of(MemorySegment.ofAddress(address).reinterpret(bytes), dtype, shape);
  }

  private static long any(SplittableRandom random) {
    return random.nextLong(Long.MAX_VALUE) >>> random.nextInt(63);
  }

  private static void requireMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
