package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Separable filters against their definition, bit for bit, and against SciPy. */
class SeparableFilter2dTest {
  private final Arena arena = Arena.ofConfined();
  private final SplittableRandom random = new SplittableRandom(3);

  @AfterEach
  void closeArena() {
    arena.close();
  }

  private static Stream<Arguments> sizes() {
    // planes, height, width, vertical taps, horizontal taps
    return Stream.of(
        Arguments.of(1, 1, 1, 1, 1),
        Arguments.of(2, 1, 1, 4, 5),
        Arguments.of(1, 2, 3, 7, 8),
        Arguments.of(3, 3, 2, 2, 1),
        Arguments.of(2, 13, 17, 3, 3),
        Arguments.of(1, 19, 23, 9, 10),
        Arguments.of(1, 31, 5, 26, 1),
        Arguments.of(1, 9, 300, 5, 25),
        Arguments.of(1, 40, 83, 1, 60),
        Arguments.of(1, 700, 9, 13, 4),
        Arguments.of(2, 21, 45, 5, 3),
        Arguments.of(1, 4, 4500, 2, 3),
        Arguments.of(1, 5, 4133, 5, 5),
        Arguments.of(1, 90, 530, 121, 121));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void sumsAsDefined(int planes, int height, int width, int kernelH, int kernelW) {
    double[] vertical = random.doubles(kernelH, -1, 1).toArray();
    double[] horizontal = random.doubles(kernelW, -1, 1).toArray();
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      Tensor input = random(dtype, planes, height, width);
      for (Pad2d.Mode border : Pad2d.Mode.values()) {
        SeparableFilter2d.Builder builder =
            SeparableFilter2d.builder(vertical, horizontal).threads(2).border(border);
        double value = border == Pad2d.Mode.CONSTANT ? 0.7 : 0;
        if (border == Pad2d.Mode.CONSTANT) {
          builder.constantBorder(value);
        }
        Tensor output = builder.build().forward(arena, input);
        double[] expected = define(input, vertical, horizontal, border, value);
        assertArrayEquals(expected, output.toDoubleArray(), border + " " + dtype);
      }
    }
  }

  private Tensor random(DType dtype, long... shape) {
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, random.nextDouble(-1, 1));
    }
    return tensor;
  }

  /** The definition, rounded in the tensor's type each time. */
  static double[] define(
      Tensor input, double[] vertical, double[] horizontal, Pad2d.Mode border, double value) {
    boolean single = input.dtype() == DType.F32;
    int h = input.rank() - 2;
    int height = (int) input.size(h);
    int width = (int) input.size(h + 1);
    int top = vertical.length / 2;
    int left = horizontal.length / 2;
    int planes = (int) input.elementCount() / (height * width);
    int lineCount = height + vertical.length - 1;
    int[] rows = sources(border, -top, lineCount, height);
    int[] columns = sources(border, -left, width + horizontal.length - 1, width);
    double[] result = new double[planes * height * width];
    for (int plane = 0; plane < planes; plane++) {
      double[][] lines = new double[lineCount][width];
      for (int line = 0; line < lineCount; line++) {
        int y = rows[line];
        for (int w = 0; w < width; w++) {
          double[] products = new double[horizontal.length];
          for (int j = 0; j < horizontal.length; j++) {
            int x = columns[w + j];
            double pixel =
                x < 0 || y < 0
                    ? single ? (float) value : value
                    : input.get((plane * height + y) * (long) width + x);
            products[j] = product(single, horizontal[j], pixel);
          }
          lines[line][w] = sum(single, products);
        }
      }
      for (int y = 0; y < height; y++) {
        for (int w = 0; w < width; w++) {
          double[] products = new double[vertical.length];
          for (int i = 0; i < vertical.length; i++) {
            products[i] = product(single, vertical[i], lines[y + i][w]);
          }
          result[(plane * height + y) * width + w] = sum(single, products);
        }
      }
    }
    return result;
  }

  private static double product(boolean single, double tap, double pixel) {
    return single ? (float) tap * (float) pixel : tap * pixel;
  }

  private static double sum(boolean single, double... products) {
    double sum = products[0];
    for (int i = 1; i < products.length; i++) {
      sum = single ? (float) sum + (float) products[i] : sum + products[i];
    }
    return sum;
  }

  private static int[] sources(Pad2d.Mode border, int first, int count, int size) {
    return IntStream.range(first, first + count).map(at -> source(border, at, size)).toArray();
  }

  /** Walks from pixel to pixel, so that it needs no arithmetic of periods; -1 is the constant. */
  private static int source(Pad2d.Mode border, int index, int size) {
    int at = 0;
    int step = index < 0 ? -1 : 1;
    int direction = step;
    for (int walked = 0; walked != index; walked += step) {
      int next = at + direction;
      if (next >= 0 && next < size) {
        at = next;
        continue;
      }
      switch (border) {
        case CONSTANT -> {
          return -1;
        }
        case REPLICATE -> {}
        case CIRCULAR -> at = Math.floorMod(next, size);
        case SYMMETRIC -> direction = -direction;
        case REFLECT -> {
          direction = -direction;
          at = size == 1 ? 0 : at + direction;
        }
      }
    }
    return at;
  }

  /** The image of the SciPy results below. */
  private Tensor image() {
    return Tensor.copyOf(
        arena,
        new double[] {
          3, 8, 2, 7, 1, 6, //
          10, 4, 9, 3, 8, 2, //
          6, 0, 5, 10, 4, 9, //
          2, 7, 1, 6, 0, 5, //
          9, 3, 8, 2, 7, 1
        },
        5,
        6);
  }

  @ParameterizedTest
  @CsvSource({
    // scipy.ndimage 1.17.1, first row of gaussian_filter(x, (1.1, 0.7), mode=mirror, reflect, …)
    "REFLECT, 5.99807467833303 5.493036981953646 5.536579629872042 5.373525718892628"
        + " 4.860213945117559 4.61297750017077",
    "SYMMETRIC, 5.541488588015781 5.610650029413916 5.076495969480552 5.117961289777231"
        + " 4.278288486598145 4.652968671242002",
    "REPLICATE, 5.199289245804048 5.5963801674275295 4.898187383439701 5.056910002207961"
        + " 4.0875939049928105 4.763156748728352",
    "CIRCULAR, 5.546488661257728 5.386587142945544 5.191544411600489 4.898011105052549"
        + " 4.3974496304617725 4.543066855395311",
    "CONSTANT, 3.0746609242259213 3.747710791759568 3.540572582498096 3.5461760452393785"
        + " 2.9981634083723527 2.4602416267083496"
  })
  void gaussianFilterIsSciPys(Pad2d.Mode border, String firstRow) {
    SeparableKernel kernel = SeparableKernel.gaussian(1.1, 0.7, 0, 0, 4);

    Tensor result =
        SeparableFilter2d.builder(kernel).border(border).build().forward(arena, image());

    assertArrayEquals(numbers(firstRow), Arrays.copyOf(result.toDoubleArray(), 6), 1e-14);
  }

  @ParameterizedTest
  @CsvSource({
    // The same of sigma 20, which sees the image some thirty times over.
    "REFLECT, 4.887501141097874 4.887490066747645 4.887495341941195 4.887500901189358"
        + " 4.887490686660554 4.887496534937384",
    "SYMMETRIC, 4.933319852891071 4.933325852535646 4.933323359785883 4.933330293020485"
        + " 4.933341454800867 4.933333799915298",
    "CIRCULAR, 4.933326567260796 4.933336711785679 4.9333327738906645 4.933323730151293"
        + " 4.933333446786422 4.9333299367811625"
  })
  void bordersGoOnAsSciPysDo(Pad2d.Mode border, String firstRow) {
    Tensor result =
        SeparableFilter2d.builder(SeparableKernel.gaussian(20))
            .border(border)
            .build()
            .forward(arena, image());

    assertArrayEquals(numbers(firstRow), Arrays.copyOf(result.toDoubleArray(), 6), 1e-13);
  }

  @Test
  void derivativesAreSciPys() {
    // gaussian_filter(x, (1.1, 0.7), order=(0, 1), mode='mirror'), third row; and sobel(x, 1).
    Tensor slope =
        SeparableFilter2d.builder(SeparableKernel.gaussian(1.1, 0.7, 0, 1, 4))
            .build()
            .forward(arena, image());
    Tensor sobel =
        SeparableFilter2d.builder(SeparableKernel.sobelX()).build().forward(arena, image());

    assertArrayEquals(
        numbers(
            "0 -0.3017487246751876 1.1798475864475357 -0.34136798079501784 -0.45736887581475305 0"),
        Arrays.copyOfRange(slope.toDoubleArray(), 12, 18),
        1e-14);
    assertArrayEquals(
        numbers("0 -4 -4 -4 -4 0 0 -4 7 -4 -4 0 0 -4 18 -4 -4 0 0 -4 7 -4 -4 0 0 -4 -4 -4 -4 0"),
        sobel.toDoubleArray());
  }

  private static double[] numbers(String words) {
    return Arrays.stream(words.split(" ")).mapToDouble(Double::parseDouble).toArray();
  }

  @Test
  void aConstantBeyondTheSidesIsWhatPaddingPutsThere() {
    // The vertical taps see it too: they do not add up to 1.
    Tensor image = image();
    double[] vertical = {1, -2, 4};
    double[] horizontal = {3, 5};
    Pad2d pad = Pad2d.builder(Pad2d.Mode.CONSTANT).value(2.5).padding(1, 1, 1, 0).build();

    Tensor padded = pad.forward(arena, Tensor.of(image.segment(), DType.F64, 1, 1, 5, 6));
    Tensor expected =
        SeparableFilter2d.builder(vertical, horizontal).valid().build().forward(arena, padded);
    Tensor result =
        SeparableFilter2d.builder(vertical, horizontal)
            .constantBorder(2.5)
            .build()
            .forward(arena, image);

    assertArrayEquals(expected.toDoubleArray(), result.toDoubleArray());
    // 3·2.5 + 5·2.5 above, then 3·2.5 + 5·3, then 3·2.5 + 5·10
    assertEquals(20 - 2 * 22.5 + 4 * 57.5, result.get(0));
  }

  @ParameterizedTest
  @EnumSource(Pad2d.Mode.class)
  void partsAndThreadsMakeTheSameBits(Pad2d.Mode border) {
    Tensor input = random(DType.F32, 2, 1, 230, 301);
    SeparableKernel kernel = SeparableKernel.gaussian(2);
    Tensor whole =
        SeparableFilter2d.builder(kernel).border(border).threads(1).build().forward(arena, input);
    for (int threads = 2; threads <= 5; threads++) {
      SeparableFilter2d filter =
          SeparableFilter2d.builder(kernel).border(border).threads(threads).build();
      assertArrayEquals(
          whole.toDoubleArray(), filter.forward(arena, input).toDoubleArray(), "threads");
      Tensor parts = Tensor.allocate(arena, DType.F32, 2, 1, 230, 301).fill(-9);
      filter.forwardRows(input, parts, 0, 0);
      filter.forwardRows(input, parts, 17, 100);
      assertEquals(-9, parts.get(16 * 301L));
      assertEquals(-9, parts.get(100 * 301L));
      filter.forwardRows(input, parts, 0, 17);
      filter.forwardRows(input, parts, 100, 101);
      filter.forwardRows(input, parts, 101, 230);
      assertArrayEquals(whole.toDoubleArray(), parts.toDoubleArray(), "parts");
    }
  }

  @Test
  void rowsOnTheHeapLeaveTheOthersAlone() {
    Tensor input = Tensor.of(new double[] {1, 2, 3, 4}, 4, 1);
    double[] results = {-1, -2, -3, -4};

    SeparableFilter2d.builder(new double[] {10}, new double[] {1})
        .build()
        .forwardRows(input, Tensor.of(results, 4, 1), 1, 3);

    assertArrayEquals(new double[] {-1, 20, 30, -4}, results);
  }

  @Test
  void aTileWithItsHaloIsAPartOfTheWhole() {
    Tensor input = random(DType.F64, 60, 70);
    SeparableKernel kernel = SeparableKernel.gaussian(1.3, 2.1, 0, 1, 3);
    Tensor whole = SeparableFilter2d.builder(kernel).build().forward(arena, input);
    int top = 20;
    int left = 30;
    Tensor tile =
        Tensor.allocate(arena, DType.F64, 7 + kernel.height() - 1, 9 + kernel.width() - 1);
    for (int y = 0; y < tile.size(0); y++) {
      for (int x = 0; x < tile.size(1); x++) {
        long from = (top + y - kernel.height() / 2) * 70L + left + x - kernel.width() / 2;
        tile.set(y * tile.size(1) + x, input.get(from));
      }
    }

    Tensor result = SeparableFilter2d.builder(kernel).valid().build().forward(arena, tile);

    assertArrayEquals(new long[] {7, 9}, result.shape());
    for (int i = 0; i < 63; i++) {
      assertEquals(whole.get((top + i / 9) * 70L + left + i % 9), result.get(i));
    }
  }

  @ParameterizedTest
  @EnumSource(Pad2d.Mode.class)
  void tilesPutTogetherAreTheWhole(Pad2d.Mode mode) {
    Tensor input = random(DType.F32, 2, 1, 60, 71);
    SeparableFilter2d.Builder builder = SeparableFilter2d.builder(SeparableKernel.gaussian(1.6));
    Tensor whole = builder.border(mode).build().forward(arena, input);
    SeparableFilter2d valid = builder.valid().build();
    Pad2d border = Pad2d.builder(mode).padding(6).build();
    long[] padded = border.outputShape(input.shape());
    Tensor output = Tensor.allocate(arena, DType.F32, input.shape());

    TileRunner.of(Tiles.split(padded[2], padded[3], 17, valid.halo()))
        .withBorder(border)
        .run(input, output, (tile, source, target) -> valid.forward(source, target));

    assertArrayEquals(whole.toDoubleArray(), output.toDoubleArray());
  }

  @Test
  void theHaloIsWhatTheKernelReaches() {
    SeparableFilter2d filter = SeparableFilter2d.builder(new double[4], new double[3]).build();

    Tiles.Tile tile = Tiles.split(20, 20, 10, filter.halo()).get(0);

    assertEquals(new Tiles.Region(0, 0, 11, 11), tile.source());
    assertEquals(new Padding.Explicit(2, 1, 0, 0), tile.padding());
  }

  @Test
  void nanAndInfinityAreWhereTheKernelReaches() {
    Tensor input = Tensor.allocate(arena, DType.F64, 40, 50).fill(1);
    input.set(20 * 50 + 25, Double.NaN);
    input.set(0, Double.POSITIVE_INFINITY);
    Tensor result =
        SeparableFilter2d.builder(SeparableKernel.box(3, 5))
            .border(Pad2d.Mode.CONSTANT)
            .build()
            .forward(arena, input);
    for (int y = 0; y < 40; y++) {
      for (int x = 0; x < 50; x++) {
        double found = result.get(y * 50L + x);
        boolean nan = Math.abs(y - 20) <= 1 && Math.abs(x - 25) <= 2;
        boolean infinite = y <= 1 && x <= 2;
        assertEquals(nan, Double.isNaN(found), y + " " + x);
        assertEquals(infinite, Double.isInfinite(found), y + " " + x);
      }
    }
  }

  @Test
  void emptyPlanesHaveEmptyResults() {
    for (Pad2d.Mode border : Pad2d.Mode.values()) {
      SeparableFilter2d filter =
          SeparableFilter2d.builder(SeparableKernel.box(3, 3)).border(border).build();
      for (long[] shape : new long[][] {{0, 4}, {4, 0}, {0, 3, 5, 5}, {2, 0, 5, 5}}) {
        assertArrayEquals(
            shape, filter.forward(arena, Tensor.allocate(arena, DType.F64, shape)).shape());
      }
    }
  }

  @Test
  void wrongOperandsAreNamedAndNothingIsWritten() {
    SeparableFilter2d filter = SeparableFilter2d.builder(SeparableKernel.box(3, 3)).build();
    SeparableFilter2d valid = SeparableFilter2d.builder(SeparableKernel.box(5, 7)).valid().build();
    Tensor input = random(DType.F64, 6, 7);
    Tensor output = Tensor.allocate(arena, DType.F64, 6, 7).fill(5);
    Tensor line = Tensor.allocate(arena, DType.F64, 7);
    assertMistake("input: shape is [7], must be [..., H, W]", () -> filter.forward(arena, line));
    assertMistake("input: shape is [7], must be [..., H, W]", () -> filter.forward(line, output));
    assertMistake(
        "output: shape is [6, 7], must be [2, 2]",
        () -> valid.forward(random(DType.F64, 6, 8), output));
    assertMistake(
        "input: W is 6, must be at least the kernel's 7 of a filter without a border",
        () -> valid.forward(arena, random(DType.F64, 6, 6)));
    assertMistake(
        "input: H is 4, must be at least the kernel's 5 of a filter without a border",
        () -> valid.outputShape(4, 9));
    assertMistake(
        "output: is F64, must be F32", () -> filter.forward(random(DType.F32, 6, 7), output));
    assertMistake(
        "input: is I64, must be F64 or F32",
        () -> filter.forward(Tensor.allocate(arena, DType.I64, 6, 7), output));
    assertMistake("output: overlaps input, must not", () -> filter.forward(output, output));
    assertMistake(
        "input: is F32, must be F64 for a kernel whose taps are infinite in single precision",
        () ->
            SeparableFilter2d.builder(SeparableKernel.box(1, 1).scaled(1e300))
                .build()
                .forward(arena, random(DType.F32, 6, 7)));
    assertMistake(
        "threads: is 0, must be at least 1",
        () -> SeparableFilter2d.builder(SeparableKernel.box(1, 1)).threads(0));
    for (long[] rows : new long[][] {{-1, 3}, {4, 3}, {0, 7}}) {
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> filter.forwardRows(input, output, rows[0], rows[1]));
    }
    assertTrue(Arrays.stream(output.toDoubleArray()).allMatch(each -> each == 5));
  }

  private static void assertMistake(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }

  @Test
  void saysWhatItIs() {
    SeparableFilter2d.Builder builder = SeparableFilter2d.builder(SeparableKernel.box(3, 5));
    assertEquals("SeparableFilter2d[3×5, REFLECT]", builder.build().toString());
    assertEquals(
        "SeparableFilter2d[3×5, CONSTANT 1.5]", builder.constantBorder(1.5).build().toString());
    assertEquals("SeparableFilter2d[3×5, valid]", builder.valid().build().toString());
    assertEquals(SeparableKernel.box(3, 5), builder.build().kernel());
  }
}
