package io.github.colonnade.internal.conv.im2col;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** How work is cut on sizes far beyond 2³¹. */
class HugeTilingTest {
  private static final int DRAWS = 20_000;

  @Test
  void tilesCoverEverything() {
    for (long seed = 0; seed < DRAWS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      ElementType type = random.nextBoolean() ? ElementType.F64 : ElementType.F32;
      long groups = 1 + any(random, 1 << 10);
      long groupOut = 1 + any(random, 1L << 20);
      long groupIn = 1 + any(random, 1L << 18);
      long kernel = 1L + random.nextInt(5);
      // At most 2^60 output elements.
      long batch = any(random, 1L << random.nextInt(20));
      long outH = any(random, 1L << random.nextInt(1, 6));
      long outW = any(random, 1L << random.nextInt(1, 5));
      if (random.nextInt(3) == 0) {
        batch = random.nextInt(3);
        outH <<= random.nextInt(12);
        outW <<= random.nextInt(12);
      }
      long pad = kernel / 2;
      ConvGeometry geometry =
          new ConvGeometry(
              batch,
              groupIn * groups,
              groupOut * groups,
              groups,
              new Axis(outH, kernel, 1, 1, pad, kernel - 1 - pad, outH),
              new Axis(outW, kernel, 1, 1, pad, kernel - 1 - pad, outW));
      long least = ConvolutionTiling.leastWorkspaceBytes(geometry, type);
      long allowed = least + any(random, 1L << 40);
      String what = "seed " + seed + ", " + allowed + " bytes: " + geometry;
      ConvolutionTiling tiling = ConvolutionTiling.of(geometry, type, allowed);
      assertTrue(tiling.workspaceBytes() <= allowed, what + tiling);
      assertTrue(tiling.workspaceBytes() >= 0, what + tiling);
      requireCut(groupOut, tiling.channelBlock(), tiling.channelBlocks(), what + tiling);
      if (tiling.staged()) {
        assertEquals(1, tiling.tilesPerImage(), what);
        assertEquals(0, tiling.tilePixels() % geometry.outPlane(), what);
        requireCut(geometry.outPixels(), tiling.tilePixels(), tiling.pixelTiles(), what + tiling);
      } else {
        assertEquals(big(tiling.pixelTiles()), big(tiling.tilesPerImage()).multiply(big(batch)));
        if (geometry.outPlane() > 0) {
          requireCut(
              geometry.outPlane(), tiling.tilePixels(), tiling.tilesPerImage(), what + tiling);
        }
      }
    }
  }

  /** So many parts of this size make the whole, and none of them is empty. */
  private static void requireCut(long whole, long part, long parts, String what) {
    assertTrue(part > 0 && parts > 0, what);
    assertTrue(big(part).multiply(big(parts)).compareTo(big(whole)) >= 0, what);
    assertTrue(big(part).multiply(big(parts - 1)).compareTo(big(whole)) < 0, what);
  }

  private static BigInteger big(long value) {
    return BigInteger.valueOf(value);
  }

  private static long any(SplittableRandom random, long bound) {
    return random.nextLong(bound) >>> random.nextInt(63) & Long.MAX_VALUE;
  }
}
