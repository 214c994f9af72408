package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.colonnade.Signal2d.Boundary;
import io.github.colonnade.Signal2d.Mode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/** Signal processing's operators against SciPy's numbers and against the definition. */
class Signal2dTest {
  private static final DType[] TYPES = {DType.F64, DType.F32};
  private static final Signal2d.Options DEFAULTS = Signal2d.Options.defaults();

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @TestFactory
  Stream<DynamicTest> sciPyAgrees() throws IOException {
    JsonObject all = JsonCases.read("scipy-signal2d.json");
    JsonObject operands = all.getAsJsonObject("operands");
    assertEquals(240, all.getAsJsonArray("cases").size());
    return StreamSupport.stream(all.getAsJsonArray("cases").spliterator(), false)
        .map(JsonElement::getAsJsonObject)
        .map(
            peer -> {
              String pair = peer.get("operands").getAsString();
              return DynamicTest.dynamicTest(
                  pair + " " + peer.get("op").getAsString() + " " + options(peer),
                  () -> {
                    for (DType dtype : TYPES) {
                      assertPeerAgrees(operands.getAsJsonObject(pair), peer, dtype);
                    }
                  });
            });
  }

  /** Sums that round: equal in every bit, so added in the same order. */
  @Test
  void sciPyRoundsAlike() throws IOException {
    for (JsonElement element : JsonCases.read("scipy-signal2d.json").getAsJsonArray("rounded")) {
      JsonObject peer = element.getAsJsonObject();
      assertPeerAgrees(peer, peer, DType.valueOf(peer.get("dtype").getAsString()));
    }
  }

  private static Signal2d.Options options(JsonObject peer) {
    Signal2d.Options options = DEFAULTS.withMode(Mode.valueOf(JsonCases.upperCase(peer, "mode")));
    Boundary boundary = Boundary.valueOf(JsonCases.upperCase(peer, "boundary"));
    return boundary == Boundary.FILL
        ? options.withFill(peer.get("fillvalue").getAsDouble())
        : options.withBoundary(boundary);
  }

  private static void assertPeerAgrees(JsonObject operands, JsonObject peer, DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor image = JsonCases.tensor(arena, operands, "image", dtype);
      Tensor kernel = JsonCases.tensor(arena, operands, "kernel", dtype);
      boolean convolve = peer.get("op").getAsString().equals("convolve2d");
      if (peer.has("error")) {
        assertThrows(
            IllegalArgumentException.class,
            () -> run(arena, convolve, image, kernel, options(peer)));
        return;
      }
      Tensor expected = JsonCases.tensor(arena, peer, "output", dtype);
      assertSame(peer.toString(), expected, run(arena, convolve, image, kernel, options(peer)));
    }
  }

  private static Tensor run(
      Arena arena, boolean convolve, Tensor image, Tensor kernel, Signal2d.Options options) {
    return convolve
        ? Signal2d.convolve2d(arena, image, kernel, options)
        : Signal2d.correlate2d(arena, image, kernel, options);
  }

  private static void assertSame(String what, Tensor expected, Tensor actual) {
    assertEquals(expected.toString(), actual.toString(), what);
    assertArrayEquals(expected.toDoubleArray(), actual.toDoubleArray(), what);
  }

  @Test
  void randomGeometriesFollowTheDefinition() {
    for (long seed = 0; seed < 1000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long[] image = {random.nextLong(1, 9), random.nextLong(1, 9)};
      long[] kernel = {random.nextLong(1, 11), random.nextLong(1, 11)};
      Mode mode = List.of(Mode.values()).get(random.nextInt(3));
      if (mode == Mode.VALID) {
        boolean larger = random.nextBoolean();
        for (int axis = 0; axis < 2; axis++) {
          long other = random.nextLong(4);
          kernel[axis] = Math.max(1, image[axis] + (larger ? other : -other));
        }
      }
      Boundary boundary = List.of(Boundary.values()).get(random.nextInt(3));
      Signal2d.Options options =
          boundary == Boundary.FILL
              ? DEFAULTS.withFill(random.nextDouble(-1, 1))
              : DEFAULTS.withBoundary(boundary);
      assertFollowsTheDefinition("seed " + seed, image, kernel, options.withMode(mode), random);
    }
  }

  /** Sizes that cut the work in several ways: tiles of rows and columns, blocks of the kernel. */
  @Test
  void largeOperandsFollowTheDefinition() {
    SplittableRandom random = new SplittableRandom(17);
    long[][][] pairs = {
      {{150, 30}, {3, 3}},
      {{17, 1030}, {2, 2}},
      {{2, 530}, {34, 1}},
      {{2, 60}, {1, 530}},
      {{1, 9}, {3, 514}},
      {{20, 7}, {70, 5}},
      {{140, 520}, {1, 1}},
    };
    for (long[][] pair : pairs) {
      for (Mode mode : Mode.values()) {
        boolean comparable =
            Long.signum(pair[0][0] - pair[1][0]) * Long.signum(pair[0][1] - pair[1][1]) >= 0;
        for (Boundary boundary : Boundary.values()) {
          if (mode != Mode.VALID || comparable) {
            Signal2d.Options options = DEFAULTS.withMode(mode).withBoundary(boundary);
            assertFollowsTheDefinition("large", pair[0], pair[1], options, random);
          }
        }
      }
    }
  }

  private static void assertFollowsTheDefinition(
      String seed,
      long[] imageShape,
      long[] kernelShape,
      Signal2d.Options options,
      SplittableRandom random) {
    for (boolean convolve : new boolean[] {true, false}) {
      for (DType dtype : TYPES) {
        try (Arena arena = Arena.ofConfined()) {
          Tensor image = Guarded.random(arena, random, dtype, imageShape).tensor();
          Tensor kernel = Guarded.random(arena, random, dtype, kernelShape).tensor();
          long[] shape = Signal2d.outputShape(imageShape, kernelShape, options.mode());
          Guarded output = Guarded.nan(arena, dtype, shape);
          String what =
              String.join(
                  " ",
                  seed,
                  convolve ? "convolve2d" : "correlate2d",
                  image.toString(),
                  kernel.toString(),
                  options.toString());
          if (convolve) {
            Signal2d.convolve2d(image, kernel, output.tensor(), options.withThreads(2));
          } else {
            Signal2d.correlate2d(image, kernel, output.tensor(), options.withThreads(2));
          }
          output.assertCanariesAlive(what);
          Tensor expected = Tensor.allocate(arena, DType.F64, shape);
          Tensor magnitudes = Tensor.allocate(arena, DType.F64, shape);
          define(convolve, image, kernel, options, expected, magnitudes);
          Tolerance.assertClose(
              what, expected, output.tensor(), kernel.elementCount() + 2, magnitudes);
        }
      }
    }
  }

  /**
   * The definition by way of the full result, as SciPy's documentation puts it: the part of it that
   * the mode names, of the kernel flipped or not.
   */
  static void define(
      boolean convolve,
      Tensor image,
      Tensor kernel,
      Signal2d.Options options,
      Tensor expected,
      Tensor magnitudes) {
    boolean swapped =
        options.mode() == Mode.VALID
            && (kernel.size(0) > image.size(0) || kernel.size(1) > image.size(1));
    Tensor x = swapped ? kernel : image;
    Tensor k = swapped ? image : kernel;
    double[] pixels = x.toDoubleArray();
    double[] taps = k.toDoubleArray();
    double fill = x.dtype() == DType.F64 ? options.fillValue() : (float) options.fillValue();
    long count = expected.elementCount();
    for (long at = 0; at < count; at++) {
      long m = at / expected.size(1) + skipped(k.size(0), options.mode(), convolve);
      long n = at % expected.size(1) + skipped(k.size(1), options.mode(), convolve);
      double sum = 0;
      double magnitude = 0;
      for (long i = 0; i < k.size(0); i++) {
        for (long j = 0; j < k.size(1); j++) {
          // Full convolution with k, or with k flipped.
          long tap = convolve ? i * k.size(1) + j : taps.length - 1 - i * k.size(1) - j;
          long source = source(options.boundary(), x, m - i, n - j);
          double pixel = source < 0 ? fill : pixels[(int) source];
          double product = taps[(int) tap] * pixel;
          sum += product;
          magnitude += Math.abs(product);
        }
      }
      long to = swapped && !convolve ? count - 1 - at : at;
      expected.set(to, sum);
      magnitudes.set(to, magnitude);
    }
  }

  /** Returns the rows or columns of the full result before those of the mode. */
  private static long skipped(long kernel, Mode mode, boolean convolve) {
    return switch (mode) {
      case FULL -> 0;
      case SAME -> convolve ? (kernel - 1) / 2 : kernel / 2;
      case VALID -> kernel - 1;
    };
  }

  /** Returns the element that a position in or around the image reads, or -1. */
  private static long source(Boundary boundary, Tensor image, long row, long column) {
    long ih = walk(boundary, row, image.size(0));
    long iw = walk(boundary, column, image.size(1));
    return ih < 0 || iw < 0 ? -1 : ih * image.size(1) + iw;
  }

  private static long walk(Boundary boundary, long index, long size) {
    long at = index;
    while (at < 0 || at >= size) {
      switch (boundary) {
        case FILL -> {
          return -1;
        }
        case WRAP -> at += at < 0 ? size : -size;
        case SYMM -> at = at < 0 ? -1 - at : 2 * size - 1 - at;
      }
    }
    return at;
  }

  @Test
  void theBitsDoNotDependOnTheThreads() {
    SplittableRandom random = new SplittableRandom(3);
    for (DType dtype : TYPES) {
      Tensor image = Guarded.random(arena, random, dtype, 301, 777).tensor();
      Tensor kernel = Guarded.random(arena, random, dtype, 7, 9).tensor();
      for (boolean convolve : new boolean[] {true, false}) {
        Signal2d.Options options = DEFAULTS.withBoundary(Boundary.SYMM).withThreads(1);
        Tensor alone = run(arena, convolve, image, kernel, options);
        for (int threads : new int[] {2, 3, 8}) {
          Tensor shared = run(arena, convolve, image, kernel, options.withThreads(threads));
          assertSame(threads + " threads", alone, shared);
        }
      }
    }
  }

  /** SciPy multiplies what lies around the image too: 0 · ∞ is NaN there. */
  @Test
  void bordersTakePartInTheArithmetic() {
    double inf = Double.POSITIVE_INFINITY;
    double nan = Double.NaN;
    Tensor image = Tensor.copyOf(arena, new double[] {1, 2, nan, 4, inf}, 1, 5);
    Tensor kernel = Tensor.copyOf(arena, new double[] {1, 0, inf}, 1, 3);
    Tensor output = Signal2d.correlate2d(arena, image, kernel, Mode.SAME, Boundary.FILL);
    // scipy.signal.correlate2d([[1, 2, nan, 4, inf]], [[1, 0, inf]], mode="same")
    assertArrayEquals(new double[] {inf, nan, nan, nan, nan}, output.toDoubleArray());
    Tensor one = Tensor.copyOf(arena, new double[] {1}, 1, 1);
    Tensor filled = Signal2d.convolve2d(arena, one, kernel, DEFAULTS.withFill(nan));
    assertArrayEquals(new double[] {nan, nan, nan}, filled.toDoubleArray());
  }

  @Test
  void theShortFormsAreSciPysDefaults() {
    SplittableRandom random = new SplittableRandom(9);
    Tensor image = Guarded.random(arena, random, DType.F64, 5, 6).tensor();
    Tensor kernel = Guarded.random(arena, random, DType.F64, 2, 3).tensor();
    assertEquals(0, DEFAULTS.fillValue());
    assertSame(
        "convolve2d",
        Signal2d.convolve2d(arena, image, kernel, DEFAULTS),
        Signal2d.convolve2d(arena, image, kernel, Mode.FULL, Boundary.FILL));
    assertSame(
        "correlate2d",
        Signal2d.correlate2d(arena, image, kernel, DEFAULTS),
        Signal2d.correlate2d(arena, image, kernel, Mode.FULL, Boundary.FILL));
    assertSame(
        "of itself",
        Signal2d.convolve2d(arena, image, image, DEFAULTS.withThreads(1)),
        Signal2d.convolve2d(arena, image, image, DEFAULTS));
  }

  @Test
  void mistakesAreNamedBeforeAnythingIsWritten() {
    Tensor image = Tensor.allocate(arena, DType.F64, 4, 5);
    Tensor kernel = Tensor.allocate(arena, DType.F64, 3, 3);
    Tensor output = Tensor.allocate(arena, DType.F64, 6, 7).fill(7);
    Tensor cube = Tensor.allocate(arena, DType.F64, 1, 4, 5);
    Tensor longs = Tensor.allocate(arena, DType.I64, 4, 5);
    Tensor narrow = Tensor.allocate(arena, DType.F32, 6, 7);
    Tensor sealed = Tensor.of(output.segment().asReadOnly(), DType.F64, 6, 7);
    Tensor inside = Tensor.of(output.segment().asSlice(8, 20 * 8), DType.F64, 4, 5);
    Tensor corner = Tensor.of(output.segment().asSlice(8, 9 * 8), DType.F64, 3, 3);
    Tensor empty = Tensor.allocate(arena, DType.F64, 0, 3);
    Object[][] table = {
      {"image: shape is [1, 4, 5], must be two sizes of at least 1", cube, kernel, output},
      {"image: shape is [0, 3], must be two sizes of at least 1", empty, kernel, output},
      {"kernel: shape is [0, 3], must be two sizes of at least 1", image, empty, output},
      {"image: is I64, must be F64 or F32", longs, kernel, output},
      {"kernel: is F32, must be F64", image, Tensor.allocate(arena, DType.F32, 3, 3), output},
      {"output: is F32, must be F64", image, kernel, narrow},
      {"output: shape is [4, 5], must be [6, 7]", image, kernel, inside},
      {"output: is read-only, must be writable", image, kernel, sealed},
      {"output: overlaps image, must not", inside, kernel, output},
      {"output: overlaps kernel, must not", image, corner, output},
    };
    for (Object[] row : table) {
      Tensor x = (Tensor) row[1];
      Tensor k = (Tensor) row[2];
      Tensor y = (Tensor) row[3];
      refused((String) row[0], () -> Signal2d.convolve2d(x, k, y, DEFAULTS));
      refused((String) row[0], () -> Signal2d.correlate2d(x, k, y, DEFAULTS));
    }
    Class<NullPointerException> none = NullPointerException.class;
    assertThrows(none, () -> Signal2d.convolve2d((Tensor) null, kernel, output, DEFAULTS));
    assertThrows(none, () -> Signal2d.convolve2d(image, null, output, DEFAULTS));
    assertThrows(none, () -> Signal2d.convolve2d(image, kernel, null, DEFAULTS));
    assertThrows(none, () -> Signal2d.convolve2d(image, kernel, output, null));
    for (double value : output.toDoubleArray()) {
      assertEquals(7, value);
    }
  }

  @Test
  void closedAndForeignMemoryIsRefused() throws InterruptedException {
    Tensor image = Tensor.allocate(arena, DType.F64, 4, 5);
    Tensor closed;
    try (Arena brief = Arena.ofConfined()) {
      closed = Tensor.allocate(brief, DType.F64, 3, 3);
    }
    IllegalStateException late =
        assertThrows(
            IllegalStateException.class, () -> Signal2d.convolve2d(arena, image, closed, DEFAULTS));
    assertEquals("kernel: its arena is closed", late.getMessage());
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread other = new Thread(() -> Signal2d.convolve2d(Arena.ofAuto(), image, image, DEFAULTS));
    other.setUncaughtExceptionHandler((thread, failure) -> thrown.set(failure));
    other.start();
    other.join();
    assertEquals(WrongThreadException.class, thrown.get().getClass());
    assertTrue(thrown.get().getMessage().startsWith("image: its arena is confined"));
  }

  @Test
  void sizesAreChecked() {
    assertArrayEquals(new long[] {6, 8}, shape(Mode.FULL, 4, 5, 3, 4));
    assertArrayEquals(new long[] {4, 5}, shape(Mode.SAME, 4, 5, 9, 9));
    assertArrayEquals(new long[] {2, 1}, shape(Mode.VALID, 4, 5, 3, 5));
    assertArrayEquals(new long[] {2, 4}, shape(Mode.VALID, 4, 5, 5, 8));
    assertArrayEquals(new long[] {1, Long.MAX_VALUE}, shape(Mode.VALID, 1, Long.MAX_VALUE, 1, 1));
    refused(
        "kernel: shape is [5, 2], in mode VALID it must be within or around the image's [3, 6] in"
            + " both sizes",
        () -> shape(Mode.VALID, 3, 6, 5, 2));
    refused(
        "image: size of 9223372036854775807 with a kernel of 2 does not fit a long",
        () -> shape(Mode.FULL, 1, Long.MAX_VALUE, 1, 2));
    refused(
        "output: shape [4294967297, 4294967297] has more than 2^63 - 1 elements",
        () -> shape(Mode.FULL, 1L << 32, 1L << 32, 2, 2));
    refused("threads: is 0, must be at least 1", () -> DEFAULTS.withThreads(0));
  }

  @Test
  void shapesThatAreNoPlanesAreRefused() {
    long[] plane = {3, 3};
    for (long[] wrong : new long[][] {{}, {3}, {3, 3, 3}, {0, 3}, {3, 0}, {-1, 3}}) {
      String rule = ": shape is " + Arrays.toString(wrong) + ", must be two sizes of at least 1";
      refused("image" + rule, () -> Signal2d.outputShape(wrong, plane, Mode.FULL));
      refused("kernel" + rule, () -> Signal2d.outputShape(plane, wrong, Mode.FULL));
    }
  }

  private static long[] shape(Mode mode, long h, long w, long kh, long kw) {
    return Signal2d.outputShape(new long[] {h, w}, new long[] {kh, kw}, mode);
  }

  private static void refused(String message, Executable call) {
    IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class, call);
    assertEquals(IllegalArgumentException.class, thrown.getClass());
    assertEquals(message, thrown.getMessage());
  }
}
