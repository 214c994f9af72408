package io.github.colonnade.internal.conv.im2col;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.conv.lowering.ColumnWalk;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.memory.WorkspaceCap;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Panels that all tiles share give what tiles give that lower for themselves. */
class PanelConvolutionTest {
  private static final int DRAWS = 300;
  private static final long HEAP_BYTES = 1 << 20;

  /** Whole numbers so small that every sum is exact, in whatever order. */
  private static MemorySegment numbers(
      Arena arena, SplittableRandom random, ElementType type, long count) {
    MemorySegment values = arena.allocate(Math.max(1, count) * type.bytes(), 64);
    for (long i = 0; i < count; i++) {
      Elements.set(type, values, i, random.nextInt(-4, 5));
    }
    return values;
  }

  private static ConvGeometry geometry(SplittableRandom random, boolean pointwise) {
    long groups = random.nextInt(1, 4);
    long kernel = pointwise ? 1 : random.nextInt(1, 4);
    return new ConvGeometry(
        random.nextInt(1, 8),
        groups * random.nextInt(1, 20),
        groups * random.nextInt(1, 50),
        groups,
        axis(random, kernel, pointwise),
        axis(random, kernel, pointwise));
  }

  private static Axis axis(SplittableRandom random, long kernel, boolean pointwise) {
    long size = random.nextInt(1, 10);
    long stride = pointwise ? 1 : random.nextInt(1, 3);
    long pad = pointwise ? 0 : random.nextInt(2) + kernel / 2;
    long out = (size + 2 * pad - kernel) / stride + 1;
    return new Axis(size, kernel, stride, 1, pad, pad, out);
  }

  /** Runs phase after phase, the last tile first if asked. */
  private static void run(TileTask task, MemorySegment workspace, boolean backwards) {
    for (TileTask phase = task; phase != null; phase = phase.next()) {
      long count = phase.tileCount();
      assertTrue(count <= task.mostTiles());
      for (long tile = 0; tile < count; tile++) {
        phase.run(backwards ? count - 1 - tile : tile, workspace, 0);
      }
    }
  }

  @Test
  void everyCut() {
    for (long seed = 0; seed < DRAWS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      boolean turned = random.nextInt(4) == 0;
      ConvGeometry geometry = geometry(random, turned);
      ElementType type = random.nextBoolean() ? ElementType.F64 : ElementType.F32;
      long images = random.nextLong(1, geometry.batch() + 1);
      long pixels = images * geometry.outPlane();
      PanelTiling panels =
          new PanelTiling(
              geometry,
              type,
              turned,
              ColumnWalk.lowering(geometry, type, pixels, HEAP_BYTES),
              images,
              random.nextLong(1, geometry.depth() + 1),
              random.nextLong(1, geometry.groupOutChannels() + 1),
              random.nextLong(1, pixels + 1));
      ConvolutionTiling apart = ConvolutionTiling.of(geometry, type, HEAP_BYTES);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment input =
            numbers(
                arena, random, type, geometry.batch() * geometry.inChannels() * geometry.inPlane());
        MemorySegment weight = numbers(arena, random, type, geometry.weights());
        MemorySegment bias =
            random.nextBoolean() ? numbers(arena, random, type, geometry.outChannels()) : null;
        Epilogue epilogue = random.nextBoolean() ? Epilogue.NONE : Epilogue.RELU;
        MemorySegment expected =
            numbers(
                arena,
                random,
                type,
                geometry.batch() * geometry.outChannels() * geometry.outPlane());
        MemorySegment actual =
            numbers(
                arena,
                random,
                type,
                geometry.batch() * geometry.outChannels() * geometry.outPlane());
        run(
            new Im2colConvolution(
                apart,
                input,
                turn(arena, type, geometry, weight, turned),
                bias,
                epilogue,
                expected),
            arena.allocate(Math.max(1, apart.workspaceBytes()), 64),
            false);
        run(
            new PanelConvolution(panels, input, weight, bias, epilogue, actual),
            arena.allocate(panels.sharedBytes(), 64),
            random.nextBoolean());
        assertEquals(-1, expected.mismatch(actual), "seed " + seed + ": " + panels);
      }
    }
  }

  /** Returns weights {@code [O, C/groups]} of those that lie as {@code [C, O/groups]}. */
  private static MemorySegment turn(
      Arena arena, ElementType type, ConvGeometry geometry, MemorySegment weight, boolean turned) {
    if (!turned) {
      return weight;
    }
    MemorySegment result = arena.allocate(weight.byteSize(), 64);
    long depth = geometry.depth();
    long outputs = geometry.groupOutChannels();
    for (long i = 0; i < geometry.weights(); i++) {
      long group = i / (depth * outputs);
      long from = i % (depth * outputs);
      long to = group * depth * outputs + from % outputs * depth + from / outputs;
      Elements.set(type, result, to, Elements.get(type, weight, i));
    }
    return result;
  }

  @Test
  void fewPixelsAndManyChannelsShareColumns() {
    WorkspaceCap cap = WorkspaceCap.ofThread(4 << 20);
    ConvGeometry deep = square(4, 512, 14, 512, 3, 2, 1);
    assertNotNull(PanelTiling.of(cap, ConvolutionTiling.of(deep, ElementType.F32, 4 << 20)));
    // No more memory than allowed.
    WorkspaceCap little = WorkspaceCap.ofThread(100_000);
    assertNull(PanelTiling.of(little, ConvolutionTiling.of(deep, ElementType.F32, 100_000)));
    // So many pixels that each is lowered once anyway, or nothing to lower.
    ConvGeometry wide = square(4, 64, 56, 64, 3, 1, 1);
    assertNull(PanelTiling.of(cap, ConvolutionTiling.of(wide, ElementType.F32, 4 << 20)));
    ConvGeometry pointwise = square(1, 512, 14, 512, 1, 1, 0);
    assertNull(PanelTiling.of(cap, ConvolutionTiling.of(pointwise, ElementType.F32, 4 << 20)));
    ConvGeometry none = square(0, 512, 14, 512, 3, 2, 1);
    assertNull(PanelTiling.of(cap, ConvolutionTiling.of(none, ElementType.F32, 4 << 20)));
  }

  private static ConvGeometry square(
      long batch, long in, long size, long out, long kernel, long stride, long pad) {
    Axis axis = new Axis(size, kernel, stride, 1, pad, pad, (size + 2 * pad - kernel) / stride + 1);
    return new ConvGeometry(batch, in, out, 1, axis, axis);
  }
}
