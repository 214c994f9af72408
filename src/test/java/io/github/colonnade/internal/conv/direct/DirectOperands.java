package io.github.colonnade.internal.conv.direct;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/**
 * Random operands of a pass of DIRECT, for what must have the bits of {@link F64DirectConvolution}.
 *
 * @param geometry sizes
 * @param type element type
 * @param adjoint whether the input's gradient is computed
 * @param source what is read
 * @param weight the weights
 * @param bias a bias, or null for none
 */
record DirectOperands(
    ConvGeometry geometry,
    ElementType type,
    boolean adjoint,
    MemorySegment source,
    MemorySegment weight,
    MemorySegment bias) {

  /** Draws operands; every other time without a bias. */
  static DirectOperands draw(
      Arena arena,
      SplittableRandom random,
      ConvGeometry geometry,
      ElementType type,
      boolean adjoint) {
    long channels = adjoint ? geometry.inChannels() : geometry.outChannels();
    return new DirectOperands(
        geometry,
        type,
        adjoint,
        random(arena, random, type, elements(geometry, !adjoint)),
        random(arena, random, type, geometry.weights()),
        random.nextBoolean() ? random(arena, random, type, channels) : null);
  }

  /** Allocates the target, with values that are to be overwritten. */
  MemorySegment target(Arena arena, SplittableRandom random) {
    return random(arena, random, type, elements(geometry, adjoint));
  }

  /** Runs another task and the loops of whole bands, and compares the bits. */
  void assertSameBits(
      Arena arena, SplittableRandom random, TileTask other, MemorySegment actual, String what) {
    MemorySegment expected = target(arena, random);
    DirectConvolutionTiling tiling =
        DirectConvolutionTiling.of(geometry, type, adjoint, Integer.MAX_VALUE);
    run(
        type == ElementType.F64
            ? new F64DirectConvolution(tiling, source, weight, bias, Epilogue.NONE, expected)
            : new F32DirectConvolution(tiling, source, weight, bias, Epilogue.NONE, expected));
    run(other);
    assertEquals(-1, expected.mismatch(actual), what);
  }

  private static long elements(ConvGeometry geometry, boolean input) {
    return geometry.batch()
        * (input
            ? geometry.inChannels() * geometry.inPlane()
            : geometry.outChannels() * geometry.outPlane());
  }

  static void run(TileTask task) {
    for (long tile = 0; tile < task.tileCount(); tile++) {
      task.run(tile, MemorySegment.NULL, 0);
    }
  }

  static MemorySegment random(
      Arena arena, SplittableRandom random, ElementType type, long elements) {
    MemorySegment segment = arena.allocate(elements * type.bytes(), type.bytes());
    for (long i = 0; i < elements; i++) {
      Elements.set(type, segment, i, random.nextDouble(-1, 1));
    }
    return segment;
  }
}
