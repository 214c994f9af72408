package io.github.colonnade.internal.conv.direct;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Bands compute, bit for bit, what loops over whole lines do, with either kind of kernels. */
class BandConvolutionTest {
  private static final long MOST = 1 << 20;

  @Test
  void bandsOfTheVectorApiHaveTheBitsOfWholeLines() {
    assertTrue(comparedBands(true) > 500, "compared");
  }

  @Test
  void bandsOfPortableKernelsHaveTheBitsOfWholeLines() {
    assertTrue(comparedBands(false) > 500, "compared");
  }

  private static int comparedBands(boolean vectors) {
    int compared = 0;
    for (long seed = 0; seed < 500; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      ConvGeometry geometry = vectors ? draw(random) : drawSmall(random);
      for (ElementType type : ElementType.values()) {
        for (boolean adjoint : new boolean[] {false, true}) {
          BandTiling bands = BandTiling.of(geometry, type, adjoint, vectors, MOST >> seed % 7);
          if (bands != null) {
            assertTrue(bands.heapBytes() <= MOST >> seed % 7, geometry + ": " + bands.heapBytes());
            assertSameBits(geometry, type, adjoint, bands, new SplittableRandom(seed));
            compared++;
          }
        }
      }
    }
    return compared;
  }

  @Test
  void columnsUnderAStrideArePicked() {
    for (long seed = 0; seed < 100; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long groups = random.nextLong(1, 40);
      ConvGeometry geometry =
          new ConvGeometry(
              random.nextLong(1, 4),
              groups,
              groups,
              groups,
              axis(random, 3, random.nextLong(1, 4), 1, 60),
              axis(random, 3, 2, 1, 60));
      BandTiling bands = BandTiling.of(geometry, ElementType.F32, false, true, MOST >> seed % 5);
      assertTrue(bands != null && bands.picks(), geometry.toString());
      assertSameBits(geometry, ElementType.F32, false, bands, random);
      BandTiling portable = BandTiling.of(geometry, ElementType.F32, false, false, MOST);
      if (portable != null) {
        assertTrue(portable.picks(), geometry.toString());
        assertSameBits(geometry, ElementType.F32, false, portable, random);
      }
    }
  }

  @Test
  void gradientsOfNothingAreNoBands() {
    // All padding: the input has no rows, or no columns.
    Axis none = new Axis(0, 3, 1, 1, 2, 3, 3);
    Axis some = new Axis(7, 3, 1, 1, 1, 1, 7);
    for (ElementType type : ElementType.values()) {
      for (boolean vectors : new boolean[] {true, false}) {
        ConvGeometry noRows = new ConvGeometry(1, 4, 4, 4, none, some);
        assertNull(BandTiling.of(noRows, type, true, vectors, MOST));
        ConvGeometry noColumns = new ConvGeometry(1, 4, 4, 4, some, none);
        assertNull(BandTiling.of(noColumns, type, true, vectors, MOST));
      }
    }
  }

  private static void assertSameBits(
      ConvGeometry geometry,
      ElementType type,
      boolean adjoint,
      BandTiling bands,
      SplittableRandom random) {
    try (Arena arena = Arena.ofConfined()) {
      DirectOperands operands = DirectOperands.draw(arena, random, geometry, type, adjoint);
      MemorySegment source = operands.source();
      MemorySegment actual = operands.target(arena, random);
      TileTask task =
          type == ElementType.F64
              ? new F64BandConvolution(
                  bands, source, operands.weight(), operands.bias(), Epilogue.NONE, actual)
              : new F32BandConvolution(
                  bands, source, operands.weight(), operands.bias(), Epilogue.NONE, actual);
      operands.assertSameBits(arena, random, task, actual, geometry + (adjoint ? ", adjoint" : ""));
    }
  }

  private static ConvGeometry draw(SplittableRandom random) {
    boolean many = random.nextInt(3) == 0;
    long groups = random.nextLong(1, many ? 200 : 5);
    return new ConvGeometry(
        random.nextLong(1, 3),
        groups * random.nextLong(1, many ? 2 : 6),
        groups * random.nextLong(1, many ? 3 : 10),
        groups,
        axis(random, many ? 16 : 90),
        axis(random, many ? 16 : 200));
  }

  private static ConvGeometry drawSmall(SplittableRandom random) {
    long groups = random.nextLong(1, random.nextBoolean() ? 200 : 5);
    long sources = random.nextInt(4) == 0 ? random.nextLong(1, 7) : 1;
    long targets = random.nextInt(4) == 0 ? random.nextLong(1, 10) : 1;
    return new ConvGeometry(
        random.nextLong(1, 3),
        groups * sources,
        groups * targets,
        groups,
        axis(random, 20),
        axis(random, 20));
  }

  private static Axis axis(SplittableRandom random, long most) {
    long kernel = random.nextBoolean() ? 3 : random.nextLong(1, 8);
    long stride = random.nextBoolean() ? 1 : random.nextLong(1, 4);
    return axis(random, kernel, stride, random.nextLong(1, 3), most);
  }

  private static Axis axis(
      SplittableRandom random, long kernel, long stride, long dilation, long most) {
    long reach = (kernel - 1) * dilation;
    long before = random.nextLong(reach + 3);
    long after = random.nextLong(reach + 3);
    long size = Math.max(1, reach + 1 - before - after) + random.nextLong(most);
    long outputs = (size + before + after - reach - 1) / stride + 1;
    return new Axis(size, kernel, stride, dilation, before, after, outputs);
  }
}
