package io.github.colonnade.internal.conv.winograd;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** Sizes, operands and a run of tasks for the tests of this package. */
final class WinogradOperands {
  private WinogradOperands() {}

  /** Whole numbers so small that an error of Winograd's is far less than one. */
  static MemorySegment numbers(Arena arena, SplittableRandom random, ElementType type, long count) {
    MemorySegment values = arena.allocate(Math.max(1, count) * type.bytes(), 64);
    for (long i = 0; i < count; i++) {
      Elements.set(type, values, i, random.nextInt(-4, 5));
    }
    return values;
  }

  static MemorySegment nan(Arena arena, ElementType type, long count) {
    MemorySegment values = arena.allocate(Math.max(1, count) * type.bytes(), 64);
    for (long i = 0; i < count; i++) {
      Elements.set(type, values, i, Double.NaN);
    }
    return values;
  }

  static ConvGeometry geometry(SplittableRandom random) {
    long groups = random.nextInt(1, 4);
    return new ConvGeometry(
        random.nextInt(0, 4),
        groups * random.nextInt(1, 12),
        groups * random.nextInt(1, 20),
        groups,
        axis(random),
        axis(random));
  }

  /** Cuts tiles into blocks, some of more than are transformed at once. */
  static TileGrid grid(SplittableRandom random, ConvGeometry geometry) {
    ElementType type = random.nextBoolean() ? ElementType.F64 : ElementType.F32;
    return TileGrid.of(geometry, type, random.nextLong(1, random.nextInt(4) == 0 ? 260 : 40));
  }

  private static Axis axis(SplittableRandom random) {
    long dilation = random.nextInt(1, random.nextInt(8) == 0 ? 14 : 4);
    long pad = random.nextInt(random.nextInt(6) == 0 ? 12 : 3);
    long size = random.nextInt(1, random.nextInt(8) == 0 ? 140 : 14) + 2 * dilation;
    return new Axis(size, 3, 1, dilation, pad, pad, size + 2 * pad - 2 * dilation);
  }

  /** Runs phase after phase, the last tile first if asked. */
  static void run(TileTask task, MemorySegment workspace, long own, boolean backwards) {
    long most = task.mostTiles();
    for (TileTask phase = task; phase != null; phase = phase.next()) {
      long count = phase.tileCount();
      assertTrue(count <= most);
      for (long tile = 0; tile < count; tile++) {
        phase.run(backwards ? count - 1 - tile : tile, workspace, own);
      }
    }
  }
}
