package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Padding against PyTorch's numbers, against walks along the axes, and against its adjoint. */
class Pad2dTest {
  private static final DType[] TYPES = {DType.F64, DType.F32};

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @TestFactory
  Stream<DynamicTest> peersAgree() throws IOException {
    return StreamSupport.stream(
            JsonCases.read("pad2d.json").getAsJsonArray("cases").spliterator(), false)
        .map(JsonElement::getAsJsonObject)
        .map(peer -> DynamicTest.dynamicTest(name(peer), () -> assertPeerAgrees(peer)));
  }

  private static String name(JsonObject peer) {
    return (peer.has("id") ? peer.get("id").getAsString() + ": " : "") + pad(peer);
  }

  private static Pad2d pad(JsonObject peer) {
    Pad2d.Mode mode = Pad2d.Mode.valueOf(JsonCases.upperCase(peer, "mode"));
    Pad2d.Builder builder =
        Pad2d.builder(mode)
            .padding(
                peer.get("top").getAsLong(),
                peer.get("left").getAsLong(),
                peer.get("bottom").getAsLong(),
                peer.get("right").getAsLong());
    double value = peer.has("value") ? peer.get("value").getAsDouble() : 2.5;
    return (mode == Pad2d.Mode.CONSTANT ? builder.value(value) : builder).build();
  }

  private static void assertPeerAgrees(JsonObject peer) {
    for (DType dtype : TYPES) {
      try (Arena arena = Arena.ofConfined()) {
        Tensor input = JsonCases.tensor(arena, peer, "input", dtype);
        Tensor expected = JsonCases.tensor(arena, peer, "output", dtype);
        assertSame(expected, pad(peer).forward(arena, input));
        if (!peer.has("gradOutput")) {
          continue;
        }
        Tensor gradOutput = JsonCases.tensor(arena, peer, "gradOutput", dtype);
        Tensor gradInput = JsonCases.tensor(arena, peer, "gradInput", dtype);
        assertSame(gradInput, pad(peer).backward(arena, gradOutput, input.shape()));
      }
    }
  }

  private static void assertSame(Tensor expected, Tensor actual) {
    assertEquals(expected.toString(), actual.toString());
    assertArrayEquals(expected.toDoubleArray(), actual.toDoubleArray());
  }

  @ParameterizedTest
  @EnumSource
  void randomGeometriesFollowTheDefinition(Pad2d.Mode mode) {
    for (long seed = 0; seed < 400; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long[] shape = {
        random.nextLong(1, 3), random.nextLong(1, 3), random.nextLong(1, 7), random.nextLong(1, 7)
      };
      long tallest = most(mode, shape[2]);
      long widest = most(mode, shape[3]);
      Padding.Explicit sides =
          new Padding.Explicit(
              random.nextLong(tallest + 1),
              random.nextLong(widest + 1),
              random.nextLong(tallest + 1),
              random.nextLong(widest + 1));
      for (DType dtype : TYPES) {
        assertFollowsTheDefinition("seed " + seed, random, mode, sides, dtype, shape);
      }
    }
  }

  private static long most(Pad2d.Mode mode, long size) {
    return switch (mode) {
      case REFLECT -> size - 1;
      case CIRCULAR -> size;
      default -> 9;
    };
  }

  private static void assertFollowsTheDefinition(
      String seed,
      SplittableRandom random,
      Pad2d.Mode mode,
      Padding.Explicit sides,
      DType dtype,
      long... shape) {
    try (Arena arena = Arena.ofConfined()) {
      Pad2d pad = pad(mode, sides, 2);
      String what = seed + ": " + pad + " of " + Arrays.toString(shape);
      Tensor input = Guarded.random(arena, random, dtype, shape).tensor();
      Tensor gradOutput = Guarded.random(arena, random, dtype, pad.outputShape(shape)).tensor();
      Guarded output = Guarded.nan(arena, dtype, pad.outputShape(shape));
      Guarded gradInput = Guarded.nan(arena, dtype, shape);
      pad.forward(input, output.tensor());
      pad.backward(gradOutput, gradInput.tensor());
      output.assertCanariesAlive(what);
      gradInput.assertCanariesAlive(what);

      Tensor expected = Tensor.allocate(arena, DType.F64, shape);
      Tensor magnitudes = Tensor.allocate(arena, DType.F64, shape);
      double forwards = 0;
      double size = 0;
      for (long i = 0; i < output.tensor().elementCount(); i++) {
        long source = source(mode, sides, i, shape);
        double value = source < 0 ? 0 : input.get(source);
        assertEquals(value, output.tensor().get(i), what);
        forwards += value * gradOutput.get(i);
        size += Math.abs(value * gradOutput.get(i));
        if (source >= 0) {
          expected.set(source, expected.get(source) + gradOutput.get(i));
          magnitudes.set(source, magnitudes.get(source) + Math.abs(gradOutput.get(i)));
        }
      }
      long terms = output.tensor().elementCount();
      Tolerance.assertClose(what, expected, gradInput.tensor(), terms, magnitudes);
      double backwards = 0;
      for (long i = 0; i < input.elementCount(); i++) {
        backwards += input.get(i) * gradInput.tensor().get(i);
      }
      double allowed = 2 * (terms + 2) * Tolerance.roundoff(dtype) * size;
      assertEquals(forwards, backwards, allowed, what + ": ⟨pad x, y⟩ = ⟨x, padᵀ y⟩");
    }
  }

  private static Pad2d pad(Pad2d.Mode mode, Padding.Explicit sides, int threads) {
    return Pad2d.builder(mode)
        .padding(sides.top(), sides.left(), sides.bottom(), sides.right())
        .threads(threads)
        .build();
  }

  /** Returns the input element that an output element copies, or -1. */
  static long source(Pad2d.Mode mode, Padding.Explicit sides, long element, long[] shape) {
    long outW = sides.left() + shape[3] + sides.right();
    long outH = sides.top() + shape[2] + sides.bottom();
    long ih = walk(mode, element / outW % outH - sides.top(), shape[2]);
    long iw = walk(mode, element % outW - sides.left(), shape[3]);
    return ih < 0 || iw < 0 ? -1 : (element / (outW * outH) * shape[2] + ih) * shape[3] + iw;
  }

  /** Walks back into the axis, one bounce at a time. */
  private static long walk(Pad2d.Mode mode, long index, long size) {
    long at = index;
    while (at < 0 || at >= size) {
      boolean before = at < 0;
      switch (mode) {
        case CONSTANT -> {
          return -1;
        }
        case REFLECT -> at = before ? -at : 2 * (size - 1) - at;
        case REPLICATE -> at = before ? 0 : size - 1;
        case CIRCULAR -> at += before ? size : -size;
        case SYMMETRIC -> at = before ? -1 - at : 2 * size - 1 - at;
      }
    }
    return at;
  }

  @ParameterizedTest
  @EnumSource
  void gradientsAreFiniteDifferences(Pad2d.Mode mode) {
    SplittableRandom random = new SplittableRandom(7);
    Pad2d pad = pad(mode, new Padding.Explicit(2, 1, 1, 3), 1);
    Tensor input = Guarded.random(arena, random, DType.F64, 1, 2, 3, 4).tensor();
    Tensor gradOutput = Guarded.random(arena, random, DType.F64, 1, 2, 6, 8).tensor();
    Tensor gradInput = pad.backward(arena, gradOutput, 1, 2, 3, 4);
    double h = 0x1p-10;
    for (long i = 0; i < input.elementCount(); i++) {
      double x = input.get(i);
      input.set(i, x + h);
      double above = dot(pad.forward(arena, input), gradOutput);
      input.set(i, x - h);
      double below = dot(pad.forward(arena, input), gradOutput);
      input.set(i, x);
      assertEquals((above - below) / (2 * h), gradInput.get(i), 1e-10);
    }
  }

  private static double dot(Tensor a, Tensor b) {
    double sum = 0;
    for (long i = 0; i < a.elementCount(); i++) {
      sum += a.get(i) * b.get(i);
    }
    return sum;
  }

  @ParameterizedTest
  @EnumSource
  void theBitsDoNotDependOnTheThreads(Pad2d.Mode mode) {
    SplittableRandom random = new SplittableRandom(3);
    for (long[] shape : new long[][] {{2, 3, 200, 300}, {1, 1, 700, 500}, {40, 50, 7, 7}}) {
      long most = mode == Pad2d.Mode.REFLECT ? 6 : 7;
      Padding.Explicit sides = new Padding.Explicit(most, 3, 5, most);
      for (DType dtype : TYPES) {
        Tensor input = Guarded.random(arena, random, dtype, shape).tensor();
        Tensor output = pad(mode, sides, 1).forward(arena, input);
        Tensor gradInput = pad(mode, sides, 1).backward(arena, output, shape);
        for (int threads : new int[] {2, 3, 8}) {
          assertSame(output, pad(mode, sides, threads).forward(arena, input));
          assertSame(gradInput, pad(mode, sides, threads).backward(arena, output, shape));
        }
        for (long i = 0; i < output.elementCount(); i += 97) {
          long source = source(mode, sides, i, shape);
          assertEquals(source < 0 ? 0 : input.get(source), output.get(i));
        }
      }
    }
  }

  @Test
  void emptyBatchesAndConstantsAroundNothing() {
    Pad2d pad = Pad2d.builder(Pad2d.Mode.CONSTANT).padding(1).value(Double.NaN).build();
    Tensor nothing = Tensor.allocate(arena, DType.F32, 1, 1, 0, 2);
    Tensor around = pad.forward(arena, nothing);
    assertArrayEquals(new long[] {1, 1, 2, 4}, around.shape());
    assertTrue(Double.isNaN(around.get(7)));
    assertEquals(0, pad.backward(arena, around, 1, 1, 0, 2).elementCount());
    assertEquals(0, pad.forward(arena, Tensor.allocate(arena, DType.F64, 0, 3, 5, 5)).byteSize());
    Pad2d mirror = Pad2d.builder(Pad2d.Mode.REFLECT).build();
    assertEquals(0, mirror.forward(arena, nothing).byteSize());
  }

  @Test
  void payloadsOfNanPassUntouched() {
    Tensor input = Tensor.allocate(arena, DType.F32, 1, 1, 1, 2);
    input.segment().set(java.lang.foreign.ValueLayout.JAVA_INT, 0, 0x7F800001);
    Tensor output =
        Pad2d.builder(Pad2d.Mode.SYMMETRIC).padding(0, 1, 0, 0).build().forward(arena, input);
    for (long i = 0; i < 2; i++) {
      assertEquals(
          0x7F800001, output.segment().getAtIndex(java.lang.foreign.ValueLayout.JAVA_INT, i));
    }
  }

  @Test
  void paddingThenValidConvolutionIsConvolutionWithThatBorder() {
    SplittableRandom random = new SplittableRandom(5);
    Tensor input = Guarded.random(arena, random, DType.F64, 1, 2, 6, 5).tensor();
    Tensor weight = Guarded.random(arena, random, DType.F64, 3, 2, 3, 3).tensor();
    PlanOptions naive = PlanOptions.defaults().withAlgorithm(Algorithm.REFERENCE);
    Tensor expected =
        Conv2d.builder(2, 3, 3, 3)
            .padding(1)
            .options(naive)
            .build()
            .forward(arena, input, weight, null);
    Tensor padded = Pad2d.builder(Pad2d.Mode.CONSTANT).padding(1).build().forward(arena, input);
    assertSame(
        expected,
        Conv2d.builder(2, 3, 3, 3).options(naive).build().forward(arena, padded, weight, null));
  }

  @Test
  void mistakesAreNamedBeforeAnythingIsWritten() {
    Tensor input = Tensor.allocate(arena, DType.F64, 1, 2, 3, 4).fill(1);
    Tensor output = Tensor.allocate(arena, DType.F64, 1, 2, 5, 6).fill(7);
    Pad2d pad = Pad2d.builder(Pad2d.Mode.REFLECT).padding(1).build();
    Tensor flat = Tensor.allocate(arena, DType.F64, 3, 4);
    Tensor longs = Tensor.allocate(arena, DType.I64, 1, 2, 3, 4);
    Tensor narrow = Tensor.allocate(arena, DType.F32, 1, 2, 5, 6);
    Tensor sealed = Tensor.of(output.segment().asReadOnly(), DType.F64, 1, 2, 5, 6);
    Tensor inside = Tensor.of(output.segment().asSlice(8, 24 * 8), DType.F64, 1, 2, 3, 4);

    refused("input: shape is [3, 4], must be [N, C, H, W]", () -> pad.forward(flat, output));
    refused("input: is I64, must be F64 or F32", () -> pad.forward(longs, output));
    refused("output: is F32, must be F64", () -> pad.forward(input, narrow));
    refused(
        "output: shape is [1, 2, 3, 4], must be [1, 2, 5, 6]",
        () -> pad.forward(input, Tensor.allocate(arena, DType.F64, 1, 2, 3, 4)));
    refused("output: is read-only, must be writable", () -> pad.forward(input, sealed));
    refused("output: overlaps input, must not", () -> pad.forward(inside, output));
    refused(
        "gradOutput: shape is [1, 2, 3, 4], must be [1, 2, 5, 6]",
        () -> pad.backward(input, input));
    refused("gradOutput: is F32, must be F64", () -> pad.backward(narrow, input));
    refused("gradInput: overlaps gradOutput, must not", () -> pad.backward(output, inside));
    refused("gradOutput: is I64, must be F64 or F32", () -> pad.backward(arena, longs, 1, 1, 1, 2));
    refused(
        "gradOutput: shape is [1, 2, 5, 6], must be [1, 2, 4, 4]",
        () -> pad.backward(arena, output, 1, 2, 2, 2));
    assertThrows(NullPointerException.class, () -> pad.forward((Tensor) null, output));
    assertThrows(NullPointerException.class, () -> pad.forward(input, null));
    assertThrows(NullPointerException.class, () -> pad.backward(output, null));
    assertClosedAndForeignMemoryIsRefused(pad, input, output);
    for (double value : output.toDoubleArray()) {
      assertEquals(7, value);
    }
  }

  private static void assertClosedAndForeignMemoryIsRefused(
      Pad2d pad, Tensor input, Tensor output) {
    Tensor closed;
    try (Arena brief = Arena.ofShared()) {
      closed = Tensor.allocate(brief, DType.F64, 1, 2, 3, 4);
    }
    assertMessage(
        IllegalStateException.class,
        "input: its arena is closed",
        () -> pad.forward(closed, output));
    Throwable[] thrown = new Throwable[1];
    Thread other = new Thread(() -> thrown[0] = thrownBy(() -> pad.forward(input, output)));
    other.start();
    assertTrue(join(other));
    assertEquals(WrongThreadException.class, thrown[0].getClass());
    assertTrue(thrown[0].getMessage().startsWith("input: its arena is confined"));
  }

  private static boolean join(Thread thread) {
    try {
      thread.join();
      return true;
    } catch (InterruptedException interrupted) {
      return false;
    }
  }

  private static Throwable thrownBy(Executable call) {
    try {
      call.execute();
      return null;
    } catch (Throwable thrown) {
      return thrown;
    }
  }

  @Test
  void sizesAreChecked() {
    Pad2d.Builder reflect = Pad2d.builder(Pad2d.Mode.REFLECT);
    refused("padLeft: is -1, must not be negative", () -> reflect.padding(0, -1, 0, 0));
    refused("padTop: is -2, must not be negative", () -> reflect.padding(-2));
    refused("value: is 1.0, must be left out in mode REFLECT", () -> reflect.value(1));
    refused("threads: is 0, must be at least 1", () -> reflect.threads(0));
    refused(
        "padBottom: is 3, must be less than the input's H in mode REFLECT, which is 3",
        () -> reflect.padding(0, 0, 3, 0).build().outputShape(1, 1, 3, 9));
    refused(
        "padRight: is 5, must be at most the input's W in mode CIRCULAR, which is 4",
        () -> build(Pad2d.Mode.CIRCULAR, 0, 0, 0, 5).outputShape(1, 1, 3, 4));
    refused(
        "padTop: is 1, must be 0 for the input's H in mode REPLICATE, which is 0",
        () -> build(Pad2d.Mode.REPLICATE, 1, 0, 0, 0).outputShape(1, 1, 0, 4));
    refused(
        "padTop: is 1, must be 0 for the input's H in mode SYMMETRIC, which is 0",
        () -> build(Pad2d.Mode.SYMMETRIC, 1, 0, 0, 0).outputShape(1, 1, 0, 4));
    Pad2d huge = build(Pad2d.Mode.CONSTANT, Long.MAX_VALUE, 0, 0, 0);
    refused("input: H of 3 with padding does not fit a long", () -> huge.outputShape(1, 1, 3, 4));
    Pad2d wide = build(Pad2d.Mode.CONSTANT, 1L << 40, 1L << 40, 0, 0);
    refused(
        "output: shape [1, 1, 1099511627779, 1099511627780] has more than 2^63 - 1 elements",
        () -> wide.outputShape(1, 1, 3, 4));
    refused("input: shape [1, 1, -3, 4] has a negative size", () -> wide.outputShape(1, 1, -3, 4));
    refused("input: shape is [3], must be [N, C, H, W]", () -> wide.outputShape(3));
    MemorySegment none = MemorySegment.NULL;
    assertEquals(
        0,
        wide.backward(
                arena, Tensor.of(none, DType.F64, 0, 1, (1L << 40) + 3, (1L << 40) + 4), 0, 1, 3, 4)
            .elementCount());
  }

  private static Pad2d build(Pad2d.Mode mode, long top, long left, long bottom, long right) {
    return Pad2d.builder(mode).padding(top, left, bottom, right).build();
  }

  private static void refused(String message, Executable call) {
    assertMessage(IllegalArgumentException.class, message, call);
  }

  private static <T extends Throwable> void assertMessage(
      Class<T> type, String message, Executable call) {
    T thrown = assertThrows(type, call);
    assertEquals(type, thrown.getClass());
    assertEquals(message, thrown.getMessage());
  }
}
