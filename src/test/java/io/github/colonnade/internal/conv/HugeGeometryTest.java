package io.github.colonnade.internal.conv;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Where kernels begin and end on sizes far beyond 2³¹. */
class HugeGeometryTest {
  private static final int DRAWS = 20_000;

  @Test
  void firstInsideAndBeyond() {
    for (long seed = 0; seed < DRAWS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long padded = 1 + any(random, Long.MAX_VALUE - 1);
      long padLeft = any(random, padded);
      long inW = any(random, padded - padLeft + 1);
      long kernelW = 1 + any(random, Math.min(padded, 1L << 31));
      long most = kernelW == 1 ? Long.MAX_VALUE : (padded - 1) / (kernelW - 1);
      long dilationW = most < 1 ? 0 : 1 + any(random, Math.min(most, Long.MAX_VALUE - 1));
      if (dilationW == 0) {
        continue;
      }
      long extent = (kernelW - 1) * dilationW + 1;
      long strideW = 1 + any(random, Long.MAX_VALUE - 1);
      long outW = (padded - extent) / strideW + 1;
      long padRight = padded - padLeft - inW;
      Axis axis = new Axis(inW, kernelW, strideW, dilationW, padLeft, padRight, outW);
      for (long kw : new long[] {0, any(random, kernelW), kernelW - 1}) {
        BigInteger start = big(padLeft).subtract(big(kw).multiply(big(dilationW)));
        String what = "seed " + seed + ", kw " + kw + ": " + axis;
        assertEquals(ceilDiv(start, strideW, outW), axis.firstInside(kw), what);
        assertEquals(ceilDiv(start.add(big(inW)), strideW, outW), axis.firstBeyond(kw), what);
      }
    }
  }

  private static long ceilDiv(BigInteger dividend, long divisor, long limit) {
    BigInteger[] parts = dividend.divideAndRemainder(big(divisor));
    BigInteger up = parts[1].signum() > 0 ? parts[0].add(BigInteger.ONE) : parts[0];
    return up.max(BigInteger.ZERO).min(big(limit)).longValueExact();
  }

  private static BigInteger big(long value) {
    return BigInteger.valueOf(value);
  }

  private static long any(SplittableRandom random, long bound) {
    return random.nextLong(bound) >>> random.nextInt(63) & Long.MAX_VALUE;
  }
}
