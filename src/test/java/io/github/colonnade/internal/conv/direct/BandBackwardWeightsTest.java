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

/** The weights' gradient of the Vector API has, bit for bit, the sums of the portable loops. */
class BandBackwardWeightsTest {
  private static final long MOST = 1 << 20;

  @Test
  void bandsHaveTheBitsOfThePortableLoops() {
    int compared = 0;
    for (long seed = 0; seed < 400; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      ConvGeometry geometry = draw(random);
      for (ElementType type : ElementType.values()) {
        long most = MOST >> seed % 5;
        DirectBackwardWeightsTiling portable = DirectBackwardWeightsTiling.of(geometry, type, most);
        BandGradientTiling bands = BandGradientTiling.of(portable, most);
        if (bands != null) {
          assertTrue(bands.heapBytes() <= most, geometry + ": " + bands.heapBytes());
          assertSameBits(geometry, type, portable, bands, random);
          compared++;
        }
      }
    }
    assertTrue(compared > 300, compared + " passes");
  }

  private static void assertSameBits(
      ConvGeometry geometry,
      ElementType type,
      DirectBackwardWeightsTiling portable,
      BandGradientTiling bands,
      SplittableRandom random) {
    long inputs = geometry.batch() * geometry.inChannels() * geometry.inPlane();
    long outputs = geometry.batch() * geometry.outChannels() * geometry.outPlane();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment input = DirectOperands.random(arena, random, type, inputs);
      MemorySegment gradient = DirectOperands.random(arena, random, type, outputs);
      MemorySegment expected = DirectOperands.random(arena, random, type, geometry.weights());
      MemorySegment actual = DirectOperands.random(arena, random, type, geometry.weights());
      boolean f64 = type == ElementType.F64;
      TileTask loops =
          f64
              ? new F64DirectBackwardWeights(portable, input, gradient, expected)
              : new F32DirectBackwardWeights(portable, input, gradient, expected);
      TileTask vectors =
          f64
              ? new F64BandBackwardWeights(bands, input, gradient, actual)
              : new F32BandBackwardWeights(bands, input, gradient, actual);
      DirectOperands.run(loops);
      DirectOperands.run(vectors);
      assertEquals(-1, expected.mismatch(actual), geometry.toString());
    }
  }

  private static ConvGeometry draw(SplittableRandom random) {
    long groups = random.nextLong(16, random.nextBoolean() ? 24 : 200);
    boolean square = random.nextInt(3) > 0;
    return new ConvGeometry(
        random.nextLong(1, 6),
        groups,
        groups * random.nextLong(1, 4),
        groups,
        axis(random, square ? 3 : 9),
        axis(random, square ? 3 : 1));
  }

  private static Axis axis(SplittableRandom random, long kernel) {
    long stride = random.nextLong(1, 4);
    long dilation = random.nextLong(1, 3);
    long reach = (kernel - 1) * dilation;
    long before = random.nextLong(reach + 1);
    long after = random.nextLong(reach + 1);
    long size = Math.max(1, reach + 1 - before - after) + random.nextLong(30);
    long outputs = (size + before + after - reach - 1) / stride + 1;
    return new Axis(size, kernel, stride, dilation, before, after, outputs);
  }
}
