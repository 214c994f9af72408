package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Lowering and its adjoint in three layouts, against the definition. */
class Im2colTest {
  private static final long RANDOM_CASES = 500;
  private static final DType[] TYPES = {DType.F64, DType.F32};

  /** Checks one case in one type. */
  private interface Check {
    void run(Lowering lowering);
  }

  @TestFactory
  Stream<DynamicTest> columnsHoldWhatTheKernelSees() {
    return named(Lowering::assertColumns);
  }

  @TestFactory
  Stream<DynamicTest> imagesHoldTheSumOfTheirColumns() {
    return named(Lowering::assertSums);
  }

  @TestFactory
  Stream<DynamicTest> theTwoAreAdjoint() {
    return named(Lowering::assertAdjoint);
  }

  @Test
  void randomCases() {
    for (long seed = 0; seed < RANDOM_CASES; seed++) {
      ConvCase drawn = ConvCase.random(new SplittableRandom(seed));
      try {
        check(
            drawn,
            seed,
            lowering -> {
              lowering.assertColumns();
              lowering.assertSums();
              lowering.assertAdjoint();
            });
      } catch (AssertionError | RuntimeException failure) {
        throw new AssertionError("seed " + seed + ": " + drawn, failure);
      }
    }
  }

  @Test
  void nothingIsComputedOnTheWay() {
    long[] bits = {0x7ff8_0000_dead_beefL, 0x7ff0_0000_0000_0001L, Long.MIN_VALUE, 1};
    for (Im2col.Layout layout : Im2col.Layout.values()) {
      try (Arena arena = Arena.ofConfined()) {
        Tensor image = Tensor.allocate(arena, DType.F64, 1, 1, 2, 2);
        for (int i = 0; i < bits.length; i++) {
          image.segment().setAtIndex(ValueLayout.JAVA_LONG, i, bits[i]);
        }
        Tensor columns = Im2col.builder(1, 1).layout(layout).build().im2col(arena, image);
        assertEquals(-1, image.segment().mismatch(columns.segment()), layout.name());
      }
    }
  }

  @Test
  void overlapsAreCounted() {
    try (Arena arena = Arena.ofConfined()) {
      for (Im2col.Layout layout : Im2col.Layout.values()) {
        Im2col operator = Im2col.builder(2, 2).layout(layout).build();
        Tensor ones = Tensor.allocate(arena, DType.F32, operator.columnsShape(1, 1, 3, 4)).fill(1);
        assertArrayEquals(
            new double[] {1, 2, 2, 1, 2, 4, 4, 2, 1, 2, 2, 1},
            operator.col2im(arena, ones, 1, 1, 3, 4).toDoubleArray());
      }
    }
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBits() {
    ConvCase drawn = ConvCase.of(3, 5, 9, 8, 1, 3, 3).stride(2, 1).padding(1, 2, 0, 1);
    for (DType dtype : TYPES) {
      for (Im2col.Layout layout : Im2col.Layout.values()) {
        try (Arena arena = Arena.ofConfined()) {
          Lowering lowering = new Lowering(arena, drawn, dtype, 4);
          Tensor columns = lowering.im2col(layout, 1);
          Tensor image = lowering.col2im(columns, layout, 1);
          for (int threads : new int[] {2, 3, 8}) {
            assertSame(columns, lowering.im2col(layout, threads));
            assertSame(image, lowering.col2im(columns, layout, threads));
          }
        }
      }
    }
  }

  @Test
  void noChannelsMakeNoColumns() {
    try (Arena arena = Arena.ofConfined()) {
      for (Im2col.Layout layout : Im2col.Layout.values()) {
        Im2col operator = Im2col.builder(2, 2).layout(layout).build();
        Tensor image = Tensor.allocate(arena, DType.F64, 2, 0, 3, 3);
        Tensor columns = operator.im2col(arena, image);
        assertEquals(0, columns.elementCount());
        assertArrayEquals(
            image.shape(), operator.col2im(arena, columns, image.shape()).shape(), layout.name());
      }
    }
  }

  @Test
  void emptyBatchesOfEndlessPlanesAreDoneAtOnce() {
    long endless = 1L << 62;
    for (Im2col.Layout layout : Im2col.Layout.values()) {
      Im2col operator = Im2col.builder(3, 3).padding(Padding.SAME_UPPER).layout(layout).build();
      for (long[] shape : new long[][] {{endless, 3, 0, 5}, {0, 3, endless / 8, 2}}) {
        try (Arena arena = Arena.ofConfined()) {
          Tensor image = Tensor.allocate(arena, DType.F32, shape);
          Tensor columns = operator.im2col(arena, image);
          assertEquals(0, columns.elementCount());
          operator.col2im(columns, image);
        }
      }
    }
  }

  private static void assertSame(Tensor expected, Tensor actual) {
    assertEquals(-1, expected.segment().mismatch(actual.segment()));
  }

  private static Stream<DynamicTest> named(Check check) {
    return ConvCase.named().entrySet().stream()
        .map(
            named ->
                DynamicTest.dynamicTest(named.getKey(), () -> check(named.getValue(), 5, check)));
  }

  private static void check(ConvCase drawn, long seed, Check check) {
    for (DType dtype : TYPES) {
      try (Arena arena = Arena.ofConfined()) {
        check.run(new Lowering(arena, drawn, dtype, seed));
      }
    }
  }

  /** A case's images, and where the definition puts their pixels; output channels do not matter. */
  static final class Lowering {
    private final Arena arena;
    private final ConvCase drawn;
    private final DType dtype;
    private final SplittableRandom random;
    private final Tensor image;
    private final long outH;
    private final long outW;
    private final long padTop;
    private final long padLeft;

    Lowering(Arena arena, ConvCase drawn, DType dtype, long seed) {
      this.arena = arena;
      this.drawn = drawn;
      this.dtype = dtype;
      this.random = new SplittableRandom(seed);
      this.image = Guarded.random(arena, random, dtype, drawn.inputShape()).tensor();
      long spanH = (drawn.kh() - 1) * drawn.dh() + 1;
      long spanW = (drawn.kw() - 1) * drawn.dw() + 1;
      if (drawn.padding() instanceof Padding.Explicit sides) {
        outH = (drawn.h() + sides.top() + sides.bottom() - spanH) / drawn.sh() + 1;
        outW = (drawn.w() + sides.left() + sides.right() - spanW) / drawn.sw() + 1;
        padTop = sides.top();
        padLeft = sides.left();
      } else {
        outH = (drawn.h() + drawn.sh() - 1) / drawn.sh();
        outW = (drawn.w() + drawn.sw() - 1) / drawn.sw();
        long odd = drawn.padding().equals(Padding.SAME_LOWER) ? 1 : 0;
        padTop = (Math.max(0, (outH - 1) * drawn.sh() + spanH - drawn.h()) + odd) / 2;
        padLeft = (Math.max(0, (outW - 1) * drawn.sw() + spanW - drawn.w()) + odd) / 2;
      }
    }

    private Im2col operator(Im2col.Layout layout, int threads) {
      return Im2col.builder(drawn.kh(), drawn.kw())
          .stride(drawn.sh(), drawn.sw())
          .dilation(drawn.dh(), drawn.dw())
          .padding(drawn.padding())
          .layout(layout)
          .threads(threads)
          .build();
    }

    private long depth() {
      return drawn.c() * drawn.kh() * drawn.kw();
    }

    private long[] columnsShape(Im2col.Layout layout) {
      long pixels = drawn.n() * outH * outW;
      return switch (layout) {
        case ROWS -> new long[] {pixels, depth()};
        case COLUMNS -> new long[] {depth(), pixels};
        case BATCHED -> new long[] {drawn.n(), depth(), outH * outW};
      };
    }

    /** Returns where the matrix has the element of a kernel position and an output pixel. */
    private long position(Im2col.Layout layout, long row, long n, long pixel) {
      long plane = outH * outW;
      return switch (layout) {
        case ROWS -> (n * plane + pixel) * depth() + row;
        case COLUMNS -> row * drawn.n() * plane + n * plane + pixel;
        case BATCHED -> (n * depth() + row) * plane + pixel;
      };
    }

    /** Takes an element of the matrix and the pixel it stands for, or -1 for padding. */
    interface Pair {
      void at(long column, long pixel);
    }

    void walk(Im2col.Layout layout, Pair pair) {
      for (long n = 0; n < drawn.n(); n++) {
        for (long row = 0; row < depth(); row++) {
          long kw = row % drawn.kw();
          long kh = row / drawn.kw() % drawn.kh();
          long c = row / (drawn.kw() * drawn.kh());
          for (long pixel = 0; pixel < outH * outW; pixel++) {
            long ih = pixel / outW * drawn.sh() + kh * drawn.dh() - padTop;
            long iw = pixel % outW * drawn.sw() + kw * drawn.dw() - padLeft;
            boolean inside = ih >= 0 && ih < drawn.h() && iw >= 0 && iw < drawn.w();
            long source = ((n * drawn.c() + c) * drawn.h() + ih) * drawn.w() + iw;
            pair.at(position(layout, row, n, pixel), inside ? source : -1);
          }
        }
      }
    }

    Tensor im2col(Im2col.Layout layout, int threads) {
      Guarded columns = Guarded.nan(arena, dtype, columnsShape(layout));
      operator(layout, threads).im2col(image, columns.tensor());
      columns.assertCanariesAlive(layout + " of " + drawn);
      return columns.tensor();
    }

    Tensor col2im(Tensor columns, Im2col.Layout layout, int threads) {
      Guarded sums = Guarded.nan(arena, dtype, drawn.inputShape());
      operator(layout, threads).col2im(columns, sums.tensor());
      sums.assertCanariesAlive(layout + " of " + drawn);
      return sums.tensor();
    }

    /** Exact: elements are moved. Batched, each image is a transpose of its rows. */
    void assertColumns() {
      for (Im2col.Layout layout : Im2col.Layout.values()) {
        String what = layout + " of " + drawn;
        assertArrayEquals(
            columnsShape(layout), operator(layout, 1).columnsShape(drawn.inputShape()), what);
        double[] expected = new double[(int) (depth() * drawn.n() * outH * outW)];
        walk(layout, (column, pixel) -> expected[(int) column] = pixel < 0 ? 0 : image.get(pixel));
        Tensor columns = im2col(layout, 2);
        assertArrayEquals(expected, columns.toDoubleArray(), what);
        assertArrayEquals(expected, operator(layout, 2).im2col(arena, image).toDoubleArray(), what);
      }
      assertTransposes();
    }

    private void assertTransposes() {
      Tensor rows = im2col(Im2col.Layout.ROWS, 1);
      Tensor columns = im2col(Im2col.Layout.COLUMNS, 1);
      Tensor batched = im2col(Im2col.Layout.BATCHED, 1);
      long plane = outH * outW;
      for (long i = 0; i < rows.elementCount(); i++) {
        long pixel = i / depth();
        long row = i % depth();
        assertEquals(rows.get(i), columns.get(row * rows.size(0) + pixel));
        assertEquals(
            rows.get(i), batched.get((pixel / plane * depth() + row) * plane + pixel % plane));
      }
    }

    void assertSums() {
      for (Im2col.Layout layout : Im2col.Layout.values()) {
        Tensor columns = Guarded.random(arena, random, dtype, columnsShape(layout)).tensor();
        Tensor expected = Tensor.allocate(arena, DType.F64, drawn.inputShape());
        Tensor magnitudes = Tensor.allocate(arena, DType.F64, drawn.inputShape());
        walk(
            layout,
            (column, pixel) -> {
              if (pixel >= 0) {
                expected.set(pixel, expected.get(pixel) + columns.get(column));
                magnitudes.set(pixel, magnitudes.get(pixel) + Math.abs(columns.get(column)));
              }
            });
        String what = layout + " of " + drawn;
        Tensor sums = col2im(columns, layout, 2);
        Tolerance.assertClose(what, expected, sums, drawn.kh() * drawn.kw(), magnitudes);
        assertArrayEquals(
            sums.toDoubleArray(),
            operator(layout, 2).col2im(arena, columns, drawn.inputShape()).toDoubleArray(),
            what);
      }
    }

    /** ⟨im2col x, c⟩ = ⟨x, col2im c⟩. */
    void assertAdjoint() {
      for (Im2col.Layout layout : Im2col.Layout.values()) {
        Tensor columns = Guarded.random(arena, random, dtype, columnsShape(layout)).tensor();
        Tensor lowered = im2col(layout, 2);
        double size =
            dot(Tolerance.magnitudes(arena, lowered), Tolerance.magnitudes(arena, columns));
        assertEquals(
            dot(lowered, columns),
            dot(image, col2im(columns, layout, 2)),
            2 * (drawn.kh() * drawn.kw() + 2) * Tolerance.roundoff(dtype) * (1 + size),
            layout + " of " + drawn);
      }
    }

    private static double dot(Tensor a, Tensor b) {
      double sum = 0;
      for (long i = 0; i < a.elementCount(); i++) {
        sum += a.get(i) * b.get(i);
      }
      return sum;
    }
  }
}
