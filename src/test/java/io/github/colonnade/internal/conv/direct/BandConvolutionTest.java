package io.github.colonnade.internal.conv.direct;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Bands of the Vector API compute, bit for bit, what the portable loops do. */
class BandConvolutionTest {
  private static final long MOST = 1 << 20;

  @Test
  void bandsHaveTheBitsOfThePortableLoops() {
    int compared = 0;
    for (long seed = 0; seed < 500; seed++) {
      ConvGeometry geometry = draw(new SplittableRandom(seed));
      for (ElementType type : ElementType.values()) {
        for (boolean adjoint : new boolean[] {false, true}) {
          BandTiling bands = BandTiling.of(geometry, type, adjoint, MOST >> seed % 7);
          if (bands != null) {
            assertTrue(bands.heapBytes() <= MOST >> seed % 7, geometry + ": " + bands.heapBytes());
            assertSameBits(geometry, type, adjoint, bands, new SplittableRandom(seed));
            compared++;
          }
        }
      }
    }
    assertTrue(compared > 500, compared + " passes");
  }

  private static void assertSameBits(
      ConvGeometry geometry,
      ElementType type,
      boolean adjoint,
      BandTiling bands,
      SplittableRandom random) {
    long inputs = geometry.batch() * geometry.inChannels() * geometry.inPlane();
    long outputs = geometry.batch() * geometry.outChannels() * geometry.outPlane();
    long targets = adjoint ? inputs : outputs;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = random(arena, random, type, adjoint ? outputs : inputs);
      MemorySegment weight = random(arena, random, type, geometry.weights());
      long channels = adjoint ? geometry.inChannels() : geometry.outChannels();
      MemorySegment bias = random.nextBoolean() ? random(arena, random, type, channels) : null;
      MemorySegment expected = random(arena, random, type, targets);
      MemorySegment actual = random(arena, random, type, targets);
      DirectConvolutionTiling tiling =
          DirectConvolutionTiling.of(geometry, type, adjoint, Integer.MAX_VALUE);
      if (type == ElementType.F64) {
        run(new F64DirectConvolution(tiling, source, weight, bias, Epilogue.NONE, expected));
        run(new F64BandConvolution(bands, source, weight, bias, Epilogue.NONE, actual));
      } else {
        run(new F32DirectConvolution(tiling, source, weight, bias, Epilogue.NONE, expected));
        run(new F32BandConvolution(bands, source, weight, bias, Epilogue.NONE, actual));
      }
      assertEquals(-1, expected.mismatch(actual), geometry + (adjoint ? ", adjoint" : ""));
    }
  }

  private static void run(TileTask task) {
    for (long tile = 0; tile < task.tileCount(); tile++) {
      task.run(tile, MemorySegment.NULL, 0);
    }
  }

  private static MemorySegment random(
      Arena arena, SplittableRandom random, ElementType type, long elements) {
    MemorySegment segment = arena.allocate(elements * type.bytes(), type.bytes());
    for (long i = 0; i < elements; i++) {
      Elements.set(type, segment, i, random.nextDouble(-1, 1));
    }
    return segment;
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

  private static Axis axis(SplittableRandom random, long most) {
    long kernel = random.nextBoolean() ? 3 : random.nextLong(1, 8);
    long stride = random.nextBoolean() ? 1 : random.nextLong(1, 4);
    long dilation = random.nextLong(1, 3);
    long reach = (kernel - 1) * dilation;
    long before = random.nextLong(reach + 3);
    long after = random.nextLong(reach + 3);
    long size = Math.max(1, reach + 1 - before - after) + random.nextLong(most);
    long outputs = (size + before + after - reach - 1) / stride + 1;
    return new Axis(size, kernel, stride, dilation, before, after, outputs);
  }
}
