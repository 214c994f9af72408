package io.github.colonnade.internal.conv.lowering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both ways to lower whole planes against runs, in panels that begin and end anywhere. */
class PlaneLoweringTest {
  private static ConvGeometry draw(SplittableRandom random) {
    long kernelH = random.nextInt(1, 6);
    long kernelW = random.nextInt(1, 6);
    long dilationH = random.nextInt(1, 4);
    long dilationW = random.nextInt(1, 4);
    long inH = random.nextInt(1, 12);
    long width = random.nextInt(1, 12);
    long padTop = random.nextInt(8);
    long outH = random.nextInt(1, 14);
    long padLeft = random.nextLong((kernelW - 1) * dilationW + 3);
    long groups = random.nextInt(1, 3);
    long channels = groups * random.nextInt(1, 4);
    Axis vertical = axis(inH, kernelH, dilationH, padTop, outH);
    Axis horizontal = axis(width, kernelW, dilationW, padLeft, width);
    long batch = random.nextInt(1, 4);
    return new ConvGeometry(batch, channels, groups, groups, vertical, horizontal);
  }

  private static Axis axis(long size, long kernel, long dilation, long padBefore, long outputs) {
    long padAfter = outputs + (kernel - 1) * dilation - size - padBefore;
    return new Axis(size, kernel, 1, dilation, padBefore, padAfter, outputs);
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void panelsHaveTheSameBits(ElementType type) {
    for (long seed = 0; seed < 2000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      ConvGeometry geometry = draw(random);
      long rowFrom = random.nextLong(geometry.depth());
      long rowTo = random.nextLong(rowFrom, geometry.depth()) + 1;
      long pixelFrom = random.nextLong(geometry.outPixels());
      long pixelTo = random.nextLong(pixelFrom, geometry.outPixels()) + 1;
      long group = random.nextLong(geometry.groups());
      ColumnWalk heap =
          type == ElementType.F64
              ? new F64PlaneLowering(geometry, geometry.outPixels())
              : new F32PlaneLowering(geometry, geometry.outPixels());
      try (Arena arena = Arena.ofConfined()) {
        long elements = geometry.batch() * geometry.inChannels() * geometry.inPlane();
        MemorySegment image = arena.allocate(elements * type.bytes(), 64);
        for (long i = 0; i < image.byteSize(); i++) {
          image.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
        }
        long pixels = pixelTo - pixelFrom;
        long stride = pixels + random.nextInt(3);
        MemorySegment[] panels = new MemorySegment[3];
        ColumnWalk[] walks = {
          new RunLowering(geometry, type), new PlaneLowering(geometry, type), heap
        };
        for (int i = 0; i < walks.length; i++) {
          panels[i] = arena.allocate(((rowTo - rowFrom) * stride + 6) * type.bytes(), 64);
          panels[i].fill((byte) 0x5A);
          walks[i].walk(image, group, rowFrom, rowTo, pixelFrom, pixelTo, panels[i], 3, stride, 1);
        }
        assertEquals(-1, panels[0].mismatch(panels[1]), "planes, seed " + seed + ": " + geometry);
        assertEquals(-1, panels[0].mismatch(panels[2]), "heap, seed " + seed + ": " + geometry);
      }
    }
  }

  @Test
  void smallPlanesGoOverTheHeap() {
    ConvGeometry small = square(14);
    ConvGeometry large = square(56);
    assertTrue(PlaneLowering.suitsHeap(small, 196));
    assertFalse(PlaneLowering.suitsHeap(large, 3136));
  }

  private static ConvGeometry square(long side) {
    Axis axis = axis(side, 3, 1, 1, side);
    return new ConvGeometry(1, 1, 1, 1, axis, axis);
  }
}
