package io.github.colonnade.internal.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.Axis;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Where windows lie along an axis, tap by tap. */
class PoolAxisTest {
  @Test
  void slidingWindowsLieWhereTheirTapsDo() {
    for (long seed = 0; seed < 500; seed++) {
      assertSlides(seed, draw(new SplittableRandom(seed)));
    }
  }

  /** Windows that start inside the padded input; the last may hang over it. */
  private static Axis draw(SplittableRandom random) {
    long size = random.nextLong(1, 9);
    long before = random.nextLong(5);
    long after = random.nextLong(5);
    long stride = random.nextLong(1, 5);
    long outputs = random.nextLong(Math.ceilDiv(before + size + after, stride)) + 1;
    return new Axis(
        size, random.nextLong(1, 7), stride, random.nextLong(1, 4), before, after, outputs);
  }

  private static void assertSlides(long seed, Axis axis) {
    SlidingAxis windows = new SlidingAxis(axis);
    String what = "seed " + seed + ": " + axis;
    assertEquals(axis.size(), windows.inputs(), what);
    assertEquals(axis.outputs(), windows.outputs(), what);
    assertEquals(axis.dilation(), windows.dilation(), what);
    assertEquals(Math.min(axis.kernel(), axis.size()), windows.mostTaps(), what);
    for (long output = 0; output < axis.outputs(); output++) {
      long start = output * axis.stride() - axis.padBefore();
      long[] taps =
          LongStream.range(0, axis.kernel()).map(t -> start + t * axis.dilation()).toArray();
      long[] inside = LongStream.of(taps).filter(p -> p >= 0 && p < axis.size()).toArray();
      assertEquals(inside.length, windows.count(output), what);
      if (inside.length > 0) {
        assertEquals(inside[0], windows.first(output), what);
      }
      long end = axis.size() + axis.padAfter();
      assertEquals(
          LongStream.of(taps).filter(p -> p < end).count(), windows.countPadded(output), what);
      assertEquals(Math.clamp(taps[0], 0, axis.size()), windows.reachFrom(output), what);
      long last = taps[taps.length - 1];
      assertEquals(Math.clamp(last + 1, 0, axis.size()), windows.reachEnd(output), what);
      for (int tap = 0; tap < taps.length; tap++) {
        assertEquals(taps[tap], windows.position(output, tap), what);
      }
    }
    for (long tap = 0; tap < axis.kernel(); tap++) {
      for (long position = 0; position <= axis.size(); position++) {
        long first = 0;
        while (first < axis.outputs() && windows.position(first, tap) < position) {
          first++;
        }
        assertEquals(first, windows.firstOutput(tap, position), what);
      }
    }
  }

  @Test
  void dividedAxesHaveWindowsOfAllElements() {
    for (long inputs = 1; inputs < 30; inputs++) {
      for (long outputs = 1; outputs < 30; outputs++) {
        assertDivides(inputs, outputs, PoolAxis.divide(inputs, outputs));
      }
    }
  }

  private static void assertDivides(long inputs, long outputs, PoolAxis windows) {
    String what = inputs + " in " + outputs + ": " + windows;
    assertEquals(inputs, windows.inputs(), what);
    assertEquals(outputs, windows.outputs(), what);
    assertEquals(1, windows.dilation(), what);
    long widest = 0;
    for (long output = 0; output < outputs; output++) {
      // The first and the last element that a window has a share of.
      long first = output * inputs / outputs;
      long last = ((output + 1) * inputs - 1) / outputs;
      assertEquals(first, windows.first(output), what);
      assertEquals(last - first + 1, windows.count(output), what);
      assertEquals(last - first + 1, windows.countPadded(output), what);
      assertEquals(first, windows.reachFrom(output), what);
      assertEquals(last + 1, windows.reachEnd(output), what);
      widest = Math.max(widest, windows.count(output));
    }
    long spare = windows.mostTaps() - widest;
    assertTrue(spare == 0 || spare == 1, what);
    assertEquals(inputs % outputs == 0, windows instanceof SlidingAxis, what);
  }

  @Test
  void aRowCostsTheTapsOfItsWindows() {
    PoolAxis vertical = new SlidingAxis(new Axis(9, 3, 2, 1, 0, 0, 4));
    PoolAxis horizontal = new SlidingAxis(new Axis(20, 5, 3, 1, 0, 0, 6));
    PoolGeometry geometry = new PoolGeometry(7, vertical, horizontal);
    assertEquals(6 * 3 * 5, geometry.rowCost());
    assertEquals(7 * 4, geometry.outRows());
    assertEquals(4 * 6, geometry.outPlane());
    assertEquals(9 * 20, geometry.inPlane());
  }
}
