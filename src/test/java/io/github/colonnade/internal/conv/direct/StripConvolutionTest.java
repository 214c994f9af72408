package io.github.colonnade.internal.conv.direct;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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

/** Strips compute, bit for bit, what the loops of whole bands do, with kernels of either kind. */
class StripConvolutionTest {
  private static final long MOST = 1 << 20;

  @Test
  void stripsHaveTheBitsOfTheBands() {
    int compared = 0;
    for (long seed = 0; seed < 40; seed++) {
      ConvGeometry geometry = draw(new SplittableRandom(seed));
      for (ElementType type : ElementType.values()) {
        for (boolean adjoint : new boolean[] {false, true}) {
          for (boolean vectors : new boolean[] {false, true}) {
            StripTiling strips = StripTiling.of(geometry, type, adjoint, vectors, MOST >> seed % 8);
            if (strips != null && addsInOneOrder(strips)) {
              assertTrue(strips.heapBytes() <= MOST >> seed % 8, geometry + ": " + strips);
              assertSameBits(geometry, type, adjoint, strips, new SplittableRandom(seed));
              compared++;
            }
          }
        }
      }
    }
    assertTrue(compared > 100, compared + " passes");
  }

  @Test
  void stripsAreForPlainShiftsOfWideRowsAndFewChannels() {
    Axis rows = new Axis(40, 3, 1, 1, 1, 1, 40);
    Axis columns = new Axis(200, 3, 1, 1, 1, 1, 200);
    assertTrue(suits(4, rows, columns));
    assertTrue(suits(1, new Axis(40, 3, 1, 5, 1, 1, 32), columns), "dilated rows");
    assertFalse(suits(5, rows, columns), "many channels");
    assertFalse(suits(1, rows, new Axis(100, 3, 1, 1, 1, 1, 100)), "narrow");
    assertFalse(suits(1, rows, new Axis(400, 3, 2, 1, 1, 1, 200)), "strided columns");
    assertFalse(suits(1, new Axis(80, 3, 2, 1, 1, 1, 40), columns), "strided rows");
    assertFalse(suits(1, rows, new Axis(200, 3, 1, 2, 2, 2, 200)), "dilated columns");
  }

  private static boolean suits(long channels, Axis rows, Axis columns) {
    ConvGeometry geometry = new ConvGeometry(1, channels, channels, 1, rows, columns);
    boolean forward = StripTiling.of(geometry, ElementType.F64, false, true, MOST) != null;
    assertEquals(forward, StripTiling.of(geometry, ElementType.F64, true, false, MOST) != null);
    return forward;
  }

  /** Returns whether the bands hold all sources at once; else they add chunks one by one. */
  private static boolean addsInOneOrder(StripTiling strips) {
    DirectConvolutionTiling bands =
        DirectConvolutionTiling.of(
            strips.geometry(), strips.type(), strips.adjoint(), Integer.MAX_VALUE);
    return bands.cut().sources() == strips.sources();
  }

  private static void assertSameBits(
      ConvGeometry geometry,
      ElementType type,
      boolean adjoint,
      StripTiling strips,
      SplittableRandom random) {
    try (Arena arena = Arena.ofConfined()) {
      DirectOperands operands = DirectOperands.draw(arena, random, geometry, type, adjoint);
      MemorySegment source = operands.source();
      Elements.set(type, source, source.byteSize() / type.bytes() / 2, Double.POSITIVE_INFINITY);
      MemorySegment actual = operands.target(arena, random);
      TileTask task =
          type == ElementType.F64
              ? new F64StripConvolution(
                  strips, source, operands.weight(), operands.bias(), Epilogue.NONE, actual)
              : new F32StripConvolution(
                  strips, source, operands.weight(), operands.bias(), Epilogue.NONE, actual);
      operands.assertSameBits(arena, random, task, actual, strips.toString());
    }
  }

  private static ConvGeometry draw(SplittableRandom random) {
    long groups = random.nextLong(1, 3);
    return new ConvGeometry(
        random.nextLong(1, 3),
        groups * random.nextLong(1, 4),
        groups * random.nextLong(1, 4),
        groups,
        axis(random, 60, random.nextLong(1, 3)),
        axis(random, 400, 1));
  }

  private static Axis axis(SplittableRandom random, long most, long dilation) {
    long kernel = random.nextBoolean() ? 3 : random.nextLong(1, 14);
    long reach = (kernel - 1) * dilation;
    long before = random.nextLong(reach + 3);
    long after = random.nextLong(reach + 3);
    long size = Math.max(1, reach + 1 - before - after) + random.nextLong(most / 3, most);
    return new Axis(size, kernel, 1, dilation, before, after, size + before + after - reach);
  }
}
