package io.github.colonnade.internal.conv.direct;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The depthwise weights' gradient has the same bits with either kind of kernels. */
class BandBackwardWeightsTest {
  private static final long MOST = 1 << 20;

  @Test
  void bandsHaveTheSameBitsWithEitherKindOfKernels() {
    int compared = 0;
    for (long seed = 0; seed < 400; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      ConvGeometry geometry = draw(random);
      for (ElementType type : ElementType.values()) {
        long most = MOST >> seed % 5;
        BandGradientTiling bands = BandGradientTiling.of(geometry, type, most);
        if (bands != null) {
          assertTrue(bands.heapBytes() <= most, geometry + ": " + bands.heapBytes());
          assertSameBits(geometry, type, bands, random);
          compared++;
        }
      }
    }
    assertTrue(compared > 300, compared + " passes");
  }

  private static void assertSameBits(
      ConvGeometry geometry, ElementType type, BandGradientTiling bands, SplittableRandom random) {
    long inputs = geometry.batch() * geometry.inChannels() * geometry.inPlane();
    long outputs = geometry.batch() * geometry.outChannels() * geometry.outPlane();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment input = DirectOperands.random(arena, random, type, inputs);
      MemorySegment gradient = DirectOperands.random(arena, random, type, outputs);
      MemorySegment portable = DirectOperands.random(arena, random, type, geometry.weights());
      MemorySegment vectors = DirectOperands.random(arena, random, type, geometry.weights());
      DirectOperands.run(task(bands, type, false, input, gradient, portable));
      DirectOperands.run(task(bands, type, true, input, gradient, vectors));
      assertEquals(-1, portable.mismatch(vectors), geometry.toString());
    }
  }

  private static TileTask task(
      BandGradientTiling bands,
      ElementType type,
      boolean vectors,
      MemorySegment input,
      MemorySegment gradient,
      MemorySegment target) {
    return type == ElementType.F64
        ? new F64BandBackwardWeights(bands, vectors, input, gradient, target)
        : new F32BandBackwardWeights(bands, vectors, input, gradient, target);
  }

  private static ConvGeometry draw(SplittableRandom random) {
    long groups = random.nextLong(16, random.nextBoolean() ? 24 : 200);
    boolean square = random.nextInt(3) > 0;
    return new ConvGeometry(
        random.nextLong(0, 6),
        groups,
        groups * random.nextLong(1, 4),
        groups,
        axis(random, square ? 3 : 9, 1 + seldom(random), 4),
        axis(random, square ? 3 : 1, 1 + seldom(random), 3));
  }

  private static long seldom(SplittableRandom random) {
    return random.nextInt(9) == 0 ? 1 : 0;
  }

  private static Axis axis(SplittableRandom random, long kernel, long dilation, long strides) {
    long stride = random.nextLong(1, strides);
    long reach = (kernel - 1) * dilation;
    long before = random.nextLong(reach + 1);
    long after = random.nextLong(reach + 1);
    long size = Math.max(1, reach + 1 - before - after) + random.nextLong(30);
    long outputs = (size + before + after - reach - 1) / stride + 1;
    return new Axis(size, kernel, stride, dilation, before, after, outputs);
  }
}
