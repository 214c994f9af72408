package io.github.colonnade.internal.conv.lowering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every way to walk a panel against the definition of the column matrix. */
class ColumnWalkTest {
  private static final int SEEDS = 3000;

  /** One panel: some rows, and pixels of one image or all of several. */
  private record Panel(
      ConvGeometry geometry,
      long group,
      long rowFrom,
      long rowTo,
      long pixelFrom,
      long pixelTo,
      long stride) {

    static Panel draw(SplittableRandom random) {
      ConvGeometry geometry = drawGeometry(random);
      long rowFrom = random.nextLong(geometry.depth());
      long rowTo = random.nextLong(rowFrom, geometry.depth()) + 1;
      long plane = geometry.outPlane();
      long n = random.nextLong(geometry.batch());
      long pixelFrom = n * plane;
      long pixelTo = random.nextLong(n, geometry.batch()) * plane + plane;
      if (random.nextBoolean()) {
        pixelFrom += random.nextLong(plane);
        pixelTo = random.nextLong(pixelFrom, (n + 1) * plane) + 1;
      }
      long group = random.nextLong(geometry.groups());
      long stride = pixelTo - pixelFrom + random.nextInt(3);
      return new Panel(geometry, group, rowFrom, rowTo, pixelFrom, pixelTo, stride);
    }

    long pixels() {
      return pixelTo - pixelFrom;
    }

    /** Returns the pixel of the batch that a column of the panel stands for. */
    long pixel(long column) {
      PanelOrder order = new PanelOrder(geometry, pixels());
      if (!order.isInterleaved()) {
        return pixelFrom + column;
      }
      long width = geometry.outW();
      long line = column / width;
      long oh = line / order.images();
      long n = pixelFrom / geometry.outPlane() + line % order.images();
      return (n * geometry.outH() + oh) * width + column % width;
    }

    /** Returns the element of the image that a place in the panel stands for, -1 for padding. */
    long imageIndex(long row, long column) {
      long pixel = pixel(column);
      long n = pixel / geometry.outPlane();
      long oh = pixel % geometry.outPlane() / geometry.outW();
      long ow = pixel % geometry.outW();
      long tap = row % geometry.kernelPlane();
      long ih = geometry.vertical().position(oh, tap / geometry.kernelW());
      long iw = geometry.horizontal().position(ow, tap % geometry.kernelW());
      boolean inside = ih >= 0 && ih < geometry.inH() && iw >= 0 && iw < geometry.inW();
      long channel = row / geometry.kernelPlane();
      return inside ? geometry.inputIndex(n, group, channel) + ih * geometry.inW() + iw : -1;
    }

    void walk(ColumnWalk walk, MemorySegment image, MemorySegment columns) {
      walk.walk(image, group, rowFrom, rowTo, pixelFrom, pixelTo, columns, 3, stride, 1);
    }

    long imageElements() {
      return geometry.batch() * geometry.inChannels() * geometry.inPlane();
    }

    long columnElements() {
      return (rowTo - rowFrom) * stride + 6;
    }
  }

  private static ConvGeometry drawGeometry(SplittableRandom random) {
    boolean wide = random.nextBoolean();
    Axis vertical = axis(random, wide);
    Axis horizontal = wide ? whole(random) : axis(random, false);
    long groups = random.nextInt(1, 3);
    long channels = groups * random.nextInt(1, 4);
    return new ConvGeometry(random.nextInt(1, 5), channels, groups, groups, vertical, horizontal);
  }

  private static Axis axis(SplittableRandom random, boolean dense) {
    long stride = dense ? 1 : random.nextInt(1, 4);
    return axis(
        random.nextInt(1, 12),
        random.nextInt(1, 6),
        stride,
        random.nextInt(1, 4),
        random.nextInt(8),
        random.nextInt(1, 14));
  }

  /** Draws an axis whose output is as long as its input, the padding on either side alone. */
  private static Axis whole(SplittableRandom random) {
    long size = random.nextInt(1, 12);
    long kernel = random.nextInt(1, 6);
    long dilation = random.nextInt(1, 4);
    long padBefore = random.nextLong((kernel - 1) * dilation + 3);
    return axis(size, kernel, 1, dilation, padBefore, size);
  }

  private static Axis axis(
      long size, long kernel, long stride, long dilation, long padBefore, long outputs) {
    long padAfter = (outputs - 1) * stride + (kernel - 1) * dilation + 1 - size - padBefore;
    return new Axis(size, kernel, stride, dilation, padBefore, padAfter, outputs);
  }

  private static ColumnWalk lineLowering(ConvGeometry geometry, ElementType type) {
    LineLayout layout = new LineLayout(geometry);
    return type == ElementType.F64
        ? new F64LineLowering(layout, geometry.outPixels())
        : new F32LineLowering(layout, geometry.outPixels());
  }

  private static ColumnWalk lineCol2im(ConvGeometry geometry, ElementType type) {
    LineLayout layout = new LineLayout(geometry);
    return type == ElementType.F64
        ? new F64LineCol2im(layout, geometry.outPixels())
        : new F32LineCol2im(layout, geometry.outPixels());
  }

  private static ColumnWalk segmentLowering(ConvGeometry geometry, ElementType type) {
    return type == ElementType.F64
        ? new F64SegmentLowering(geometry, geometry.outPixels())
        : new F32SegmentLowering(geometry, geometry.outPixels());
  }

  private static ColumnWalk segmentCol2im(ConvGeometry geometry, ElementType type) {
    return type == ElementType.F64
        ? new F64SegmentCol2im(geometry, geometry.outPixels())
        : new F32SegmentCol2im(geometry, geometry.outPixels());
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void everyWayLowersTheSamePanel(ElementType type) {
    for (int seed = 0; seed < SEEDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Panel panel = Panel.draw(random);
      ConvGeometry geometry = panel.geometry;
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment image = integers(arena, type, random, panel.imageElements());
        MemorySegment expected = filled(arena, type, panel.columnElements());
        for (long row = panel.rowFrom; row < panel.rowTo; row++) {
          for (long column = 0; column < panel.pixels(); column++) {
            long from = panel.imageIndex(row, column);
            double value = from < 0 ? 0 : Elements.get(type, image, from);
            long at = 3 + (row - panel.rowFrom) * panel.stride + column;
            Elements.set(type, expected, at, value);
          }
        }
        check(type, panel, image, expected, new RunLowering(geometry, type), seed);
        check(type, panel, image, expected, lineLowering(geometry, type), seed);
        check(type, panel, image, expected, segmentLowering(geometry, type), seed);
        if (PanelOrder.keepsWidth(geometry)) {
          check(type, panel, image, expected, new PlaneLowering(geometry, type), seed);
        }
      }
    }
  }

  private static void check(
      ElementType type,
      Panel panel,
      MemorySegment image,
      MemorySegment expected,
      ColumnWalk walk,
      int seed) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment columns = filled(arena, type, panel.columnElements());
      panel.walk(walk, image, columns);
      assertEquals(-1, expected.mismatch(columns), walk + ", seed " + seed + ": " + panel);
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void everyWayAddsTheSamePanel(ElementType type) {
    for (int seed = 0; seed < SEEDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Panel panel = Panel.draw(random);
      ConvGeometry geometry = panel.geometry;
      try (Arena arena = Arena.ofConfined()) {
        // Integers, whose sums are exact in any order.
        MemorySegment columns = integers(arena, type, random, panel.columnElements());
        MemorySegment before = integers(arena, type, random, panel.imageElements());
        MemorySegment expected = filled(arena, type, panel.imageElements()).copyFrom(before);
        for (long row = panel.rowFrom; row < panel.rowTo; row++) {
          for (long column = 0; column < panel.pixels(); column++) {
            long to = panel.imageIndex(row, column);
            if (to >= 0) {
              long at = 3 + (row - panel.rowFrom) * panel.stride + column;
              double sum = Elements.get(type, expected, to) + Elements.get(type, columns, at);
              Elements.set(type, expected, to, sum);
            }
          }
        }
        for (ColumnWalk walk :
            new ColumnWalk[] {
              new RunCol2im(geometry, type, true),
              new RunCol2im(geometry, type, false),
              lineCol2im(geometry, type),
              segmentCol2im(geometry, type)
            }) {
          MemorySegment image = filled(arena, type, panel.imageElements()).copyFrom(before);
          panel.walk(walk, image, columns);
          assertEquals(-1, expected.mismatch(image), walk + ", seed " + seed + ": " + panel);
        }
      }
    }
  }

  /** Where lowering saves more copies than the rows of all results take. */
  @ParameterizedTest
  @CsvSource({
    // 5×5 on 12×12: 8 rows of 32 or 100 channels beside 50 copies for each of 16.
    "12, 16, 32,  5, 1, true",
    "12, 16, 100, 5, 1, true",
    "12, 16, 101, 5, 1, false",
    "28, 1,  2,   5, 1, true",
    "28, 1,  3,   5, 1, false",
    // Kernels of one row, and images that stay as wide.
    "12, 16, 32,  1, 2, false",
    "12, 16, 32,  1, 1, false",
  })
  void rowsOfImagesLieSideBySideWhereThatIsFaster(
      long side, long ins, long outs, long kernel, long stride, boolean expected) {
    Axis axis = new Axis(side, kernel, stride, 1, 0, 0, (side - kernel) / stride + 1);
    ConvGeometry geometry = new ConvGeometry(64, ins, outs, 1, axis, axis);
    PanelOrder order = new PanelOrder(geometry, 3 * geometry.outPlane());
    assertEquals(expected, order.isInterleaved());
    assertEquals(3, order.images());
    assertFalse(new PanelOrder(geometry, geometry.outPlane()).isInterleaved());
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void rowsOfPanelsComeFromPlanesAndGoBack(ElementType type) {
    for (int seed = 0; seed < SEEDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Panel panel = Panel.draw(random);
      PanelOrder order = new PanelOrder(panel.geometry, panel.pixels());
      long plane = panel.geometry.outPlane();
      long step = plane + random.nextInt(3);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment planes = integers(arena, type, random, order.images() * step + 2);
        MemorySegment row = filled(arena, type, order.pixels() + 2);
        order.fromPlanes(type, planes, 1, step, row, 1);
        for (long column = 0; column < order.pixels(); column++) {
          long pixel = panel.pixel(column) - panel.pixelFrom;
          long at = order.images() == 1 ? pixel : pixel / plane * step + pixel % plane;
          double value = Elements.get(type, row, 1 + column);
          assertEquals(Elements.get(type, planes, 1 + at), value, "seed " + seed + ": " + panel);
        }
        MemorySegment back = filled(arena, type, order.images() * step + 2).copyFrom(planes);
        for (long i = 0; i < order.images(); i++) {
          Elements.zero(type, back, 1 + i * step, order.pixels() / order.images());
        }
        long cut = random.nextLong(order.pixels() + 1);
        order.toPlanes(type, row, 1, 0, cut, back, 1, step);
        order.toPlanes(type, row, 1 + cut, cut, order.pixels() - cut, back, 1, step);
        assertEquals(-1, planes.mismatch(back), "seed " + seed + ": " + panel);
      }
    }
  }

  private static MemorySegment integers(
      Arena arena, ElementType type, SplittableRandom random, long elements) {
    MemorySegment segment = arena.allocate(elements * type.bytes(), 64);
    for (long i = 0; i < elements; i++) {
      Elements.set(type, segment, i, random.nextInt(1, 100));
    }
    return segment;
  }

  private static MemorySegment filled(Arena arena, ElementType type, long elements) {
    return arena.allocate(elements * type.bytes(), 64).fill((byte) 0x5A);
  }

  @Test
  void smallPlanesGoOverTheHeap() {
    assertTrue(PlaneLowering.suitsHeap(square(14), 196));
    assertFalse(PlaneLowering.suitsHeap(square(56), 3136));
  }

  private static ConvGeometry square(long side) {
    Axis axis = axis(side, 3, 1, 1, 1, side);
    return new ConvGeometry(1, 1, 1, 1, axis, axis);
  }
}
