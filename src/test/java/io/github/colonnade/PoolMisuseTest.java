package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** A caller's mistakes: told by operand, what it is and what it must be; nothing written. */
class PoolMisuseTest {
  private final Arena arena = Arena.ofAuto();
  private final List<DynamicTest> tests = new ArrayList<>();

  private final MaxPool2d max = MaxPool2d.builder(2, 2).build();
  private final AvgPool2d avg = AvgPool2d.builder(2, 2).build();
  private final MaxUnpool2d unpool = MaxUnpool2d.of(4, 6);

  private final Tensor x = marked(DType.F64, 1, 2, 4, 6);
  private final Tensor y = marked(DType.F64, 1, 2, 2, 3);
  private final Tensor indices = marked(DType.I64, 1, 2, 2, 3);
  private final Tensor gradInput = marked(DType.F64, 1, 2, 4, 6);

  private Tensor marked(DType dtype, long... shape) {
    return Tensor.allocate(arena, dtype, shape).fill(3);
  }

  private void refuses(String message, Runnable call) {
    refuses(IllegalArgumentException.class, message, call);
  }

  private void refuses(Class<? extends Exception> type, String message, Runnable call) {
    tests.add(
        DynamicTest.dynamicTest(
            message,
            () -> {
              Exception thrown = assertThrows(type, call::run);
              assertEquals(type, thrown.getClass());
              assertEquals(message, thrown.getMessage());
              for (Tensor tensor : List.of(x, y, indices, gradInput)) {
                double[] untouched = new double[(int) tensor.elementCount()];
                java.util.Arrays.fill(untouched, 3);
                assertArrayEquals(untouched, tensor.toDoubleArray(), "written");
              }
            }));
  }

  private static Tensor readOnly(Tensor tensor) {
    return Tensor.of(tensor.segment().asReadOnly(), tensor.dtype(), tensor.shape());
  }

  private static Tensor closed(DType dtype, long... shape) {
    try (Arena shortLived = Arena.ofConfined()) {
      return Tensor.allocate(shortLived, dtype, shape);
    }
  }

  @TestFactory
  Stream<DynamicTest> types() {
    Tensor floats = marked(DType.F32, 1, 2, 2, 3);
    refuses("input: is I64, must be F64 or F32", () -> max.forward(indices, y));
    refuses("output: is F32, must be F64", () -> max.forward(x, floats));
    refuses("indices: is F64, must be I64", () -> max.forward(x, y, marked(DType.F64, 1, 2, 2, 3)));
    refuses("gradOutput: is F32, must be F64", () -> max.backward(x, floats, gradInput));
    refuses(
        "gradInput: is F32, must be F64", () -> max.backward(x, y, marked(DType.F32, 1, 2, 4, 6)));
    refuses("indices: is F64, must be I64", () -> max.backwardFromIndices(y, y, gradInput));
    refuses("input: is I64, must be F64 or F32", () -> avg.forward(indices, y));
    refuses("output: is F32, must be F64", () -> avg.forward(x, floats));
    refuses("gradOutput: is F32, must be F64", () -> avg.backward(floats, gradInput));
    refuses("gradInput: is I64, must be F64 or F32", () -> avg.backward(y, indices));
    refuses("input: is I64, must be F64 or F32", () -> unpool.forward(indices, indices, x));
    refuses("indices: is F64, must be I64", () -> unpool.forward(y, y, x));
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> shapes() {
    Tensor odd = marked(DType.F64, 1, 2, 3, 3);
    String must = ", must be [1, 2, 2, 3]";
    String planes = ", must be [N, C, H, W] with H and W of at least 1";
    refuses("output: shape is [1, 2, 3, 3]" + must, () -> max.forward(x, odd));
    refuses("output: shape is [1, 2, 3, 3]" + must, () -> avg.forward(x, odd));
    refuses(
        "indices: shape is [1, 2, 3, 3]" + must,
        () -> max.forward(x, y, marked(DType.I64, 1, 2, 3, 3)));
    refuses("gradOutput: shape is [1, 2, 3, 3]" + must, () -> max.backward(x, odd, gradInput));
    refuses("gradOutput: shape is [1, 2, 3, 3]" + must, () -> avg.backward(odd, gradInput));
    refuses(
        "gradInput: shape is [1, 2, 3, 3], must be [1, 2, 4, 6]", () -> max.backward(x, y, odd));
    refuses(
        "indices: shape is [1, 2, 3, 3]" + must,
        () -> max.backwardFromIndices(marked(DType.I64, 1, 2, 3, 3), y, gradInput));
    refuses(
        "output: shape is [1, 2, 3, 3], must be [1, 2, 4, 6]",
        () -> unpool.forward(y, indices, odd));
    refuses("input: shape is [2, 4, 6]" + planes, () -> max.outputShape(2, 4, 6));
    refuses("input: shape is [1, 2, 0, 6]" + planes, () -> avg.outputShape(1, 2, 0, 6));
    refuses(
        "input: shape is [1, 2, 4, 0]" + planes,
        () -> AdaptiveMaxPool2d.global().outputShape(1, 2, 4, 0));
    refuses("input: shape [1, 2, -4, 6] has a negative size", () -> max.outputShape(1, 2, -4, 6));
    refuses(
        "kernelH: spans 2 with its dilation, the padded input has 1",
        () -> max.outputShape(1, 2, 1, 6));
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> memory() throws InterruptedException {
    refuses("output: is read-only, must be writable", () -> max.forward(x, readOnly(y)));
    refuses("output: is read-only, must be writable", () -> avg.forward(x, readOnly(y)));
    refuses("indices: is read-only, must be writable", () -> max.forward(x, y, readOnly(indices)));
    refuses(
        "gradInput: is read-only, must be writable", () -> max.backward(x, y, readOnly(gradInput)));
    refuses(
        "gradInput: is read-only, must be writable", () -> avg.backward(y, readOnly(gradInput)));
    refuses(
        "output: is read-only, must be writable",
        () -> unpool.forward(y, valid(), readOnly(gradInput)));
    Tensor inside = Tensor.of(x.segment().asSlice(48, 96), DType.F64, 1, 2, 2, 3);
    Tensor insideToo = Tensor.of(x.segment().asSlice(48, 96), DType.I64, 1, 2, 2, 3);
    Tensor asIndices = Tensor.of(y.segment(), DType.I64, 1, 2, 2, 3);
    refuses("output: overlaps input, must not", () -> max.forward(x, inside));
    refuses("output: overlaps input, must not", () -> avg.forward(x, inside));
    refuses("indices: overlaps input, must not", () -> max.forward(x, y, insideToo));
    refuses("indices: overlaps output, must not", () -> max.forward(x, y, asIndices));
    refuses("gradInput: overlaps input, must not", () -> max.backward(x, y, x));
    refuses("gradInput: overlaps gradOutput, must not", () -> avg.backward(inside, x));
    refuses(
        "gradInput: overlaps indices, must not", () -> max.backwardFromIndices(insideToo, y, x));
    refuses("output: overlaps input, must not", () -> unpool.forward(inside, indices, x));
    refuses(
        IllegalStateException.class,
        "input: its arena is closed",
        () -> max.forward(closed(DType.F64, 1, 2, 4, 6), y));
    refuses(
        IllegalStateException.class,
        "gradOutput: its arena is closed",
        () -> avg.backward(closed(DType.F64, 1, 2, 2, 3), gradInput));
    refuses(
        IllegalStateException.class,
        "indices: its arena is closed",
        () -> unpool.backward(closed(DType.I64, 1, 2, 2, 3), x, y));
    Tensor foreign = confinedElsewhere();
    refuses(
        WrongThreadException.class,
        "output: its arena is confined to another thread than " + Thread.currentThread(),
        () -> max.forward(x, foreign));
    refuses(NullPointerException.class, "input", () -> max.forward((Tensor) null, y));
    refuses(NullPointerException.class, "output", () -> avg.forward(x, (Tensor) null));
    refuses(NullPointerException.class, "indices", () -> max.forward(x, y, null));
    return tests.stream();
  }

  private static Tensor confinedElsewhere() throws InterruptedException {
    Tensor[] made = new Tensor[1];
    Thread thread =
        new Thread(() -> made[0] = Tensor.allocate(Arena.ofConfined(), DType.F64, 1, 2, 2, 3));
    thread.start();
    thread.join();
    return made[0];
  }

  private Tensor valid() {
    return marked(DType.I64, 1, 2, 2, 3);
  }

  @TestFactory
  Stream<DynamicTest> indices() {
    refuses(
        "indices: element 5 is 24, must be at least 0 and less than 24",
        () -> unpool.forward(y, with(5, 24), x));
    refuses(
        "indices: element 11 is -1, must be at least 0 and less than 24",
        () -> unpool.backward(with(11, -1), x, y));
    refuses(
        "indices: element 0 is 24, must be at least -1 and less than 24",
        () -> max.backwardFromIndices(with(0, 24), y, gradInput));
    refuses(
        "indices: element 0 is -9223372036854775808, must be at least -1 and less than 24",
        () -> max.backwardFromIndices(with(0, Long.MIN_VALUE), y, gradInput));
    refuses(
        "indices: element 3 is 9223372036854775807, must be at least 0 and less than 24",
        () -> unpool.forward(y, with(3, Long.MAX_VALUE), x));
    refuses(
        "indices: element 4 is -9223372036854775808, must be at least 0 and less than 24",
        () -> unpool.forward(y, with(4, Long.MIN_VALUE), x));
    return tests.stream();
  }

  private Tensor with(long position, long index) {
    Tensor tensor = valid();
    tensor.segment().setAtIndex(ValueLayout.JAVA_LONG, position, index);
    return tensor;
  }

  @TestFactory
  Stream<DynamicTest> geometry() {
    String limit = ", must be at most 1, half of kernel";
    String way = " (PoolingRule.ONNX has no such limit)";
    refuses("kernelH: is 0, must be at least 1", () -> MaxPool2d.builder(0, 1));
    refuses("kernelW: is -1, must be at least 1", () -> AvgPool2d.builder(1, -1));
    refuses("strideW: is 0, must be at least 1", () -> MaxPool2d.builder(1, 1).stride(1, 0));
    refuses("dilationH: is 0, must be at least 1", () -> MaxPool2d.builder(1, 1).dilation(0));
    refuses("threads: is 0, must be at least 1", () -> MaxPool2d.builder(1, 1).threads(0));
    refuses("threads: is 0, must be at least 1", () -> AdaptiveAvgPool2d.global().withThreads(0));
    refuses(
        "divisorOverride: is 0, must not be 0", () -> AvgPool2d.builder(1, 1).divisorOverride(0));
    refuses("outputH: is 0, must be at least 1", () -> AdaptiveMaxPool2d.of(0, 1));
    refuses("outputW: is 0, must be at least 1", () -> MaxUnpool2d.of(1, 0));
    refuses("padTop: is 2" + limit + "H" + way, () -> MaxPool2d.builder(3, 3).padding(2).build());
    refuses(
        "padLeft: is 2" + limit + "W" + way,
        () -> AvgPool2d.builder(3, 3).padding(Padding.of(0, 2, 0, 0)).build());
    refuses(
        "padBottom: is 2" + limit + "H" + way,
        () -> MaxPool2d.builder(3, 3).padding(Padding.of(0, 0, 2, 0)).build());
    refuses(
        "padRight: is 2" + limit + "W" + way,
        () -> AvgPool2d.builder(3, 3).padding(Padding.of(0, 0, 0, 2)).build());
    for (Padding same : new Padding[] {Padding.SAME_UPPER, Padding.SAME_LOWER}) {
      // Of three positions, two before the plane or two behind it.
      MaxPool2d pool = MaxPool2d.builder(2, 2).stride(1).dilation(3).padding(same).build();
      refuses("padding: H: is 2" + limit + "H" + way, () -> pool.outputShape(1, 1, 9, 9));
    }
    refuses(
        "padding: H: is 2" + limit + "H" + way,
        () ->
            MaxPool2d.builder(3, 3)
                .stride(1)
                .dilation(2)
                .padding(Padding.SAME_UPPER)
                .build()
                .outputShape(1, 1, 9, 9));
    return tests.stream();
  }

  @Test
  void sizesBeyondALongAreRefused() {
    long huge = Long.MAX_VALUE / 2;
    MaxPool2d far = MaxPool2d.builder(huge, 1).dilation(3).build();
    assertOverflow("input: H of 9 with padding and kernel does not fit a long", far, 9, 9);
    MaxPool2d wide =
        MaxPool2d.builder(1, huge)
            .stride(huge)
            .padding(Padding.of(0, huge, 0, huge))
            .rule(PoolingRule.ONNX)
            .ceilMode(true)
            .build();
    assertOverflow("input: W of 9 with padding and kernel does not fit a long", wide, 9, 9);
    MaxPool2d.Builder steps = MaxPool2d.builder(1, 1).stride(Long.MAX_VALUE, 1);
    assertArrayEquals(new long[] {1, 1, 1, 9}, steps.build().outputShape(1, 1, 9, 9));
    assertOverflow(
        "input: H of 9 with padding and kernel does not fit a long",
        steps.ceilMode(true).build(),
        9,
        9);
    assertOverflow(
        "input: H of 4294967296 times 4611686018427387903 windows does not fit a long",
        AdaptiveMaxPool2d.of(huge, 1),
        1L << 32,
        1);
    assertOverflow(
        "output: shape [1, 1, 9, 4611686018427387903] has more than 2^63 - 1 elements",
        AdaptiveAvgPool2d.of(9, huge),
        1,
        1);
  }

  private static void assertOverflow(String message, Pooling2d pool, long h, long w) {
    IllegalArgumentException thrown =
        assertThrows(IllegalArgumentException.class, () -> pool.outputShape(1, 1, h, w));
    assertEquals(message, thrown.getMessage());
  }

  @Test
  void shapesBeyondAnIntAreComputed() {
    long side = 3_000_000_000L;
    assertArrayEquals(
        new long[] {0, 1, side / 2, 1}, MaxPool2d.builder(2, 2).build().outputShape(0, 1, side, 2));
    MemorySegment none = MemorySegment.ofAddress(8);
    Tensor empty = Tensor.of(none, DType.F64, 0, 1, side, 2);
    Tensor output = Tensor.of(none, DType.F64, 0, 1, side / 2, 1);
    MaxPool2d.builder(2, 2).build().forward(empty, output);
  }
}
