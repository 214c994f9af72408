package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Messages name each operand as the caller wrote it, not as another pass or operator calls it. */
class OperandNamesTest {
  private static final long HUGE = Long.MAX_VALUE / 2;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  private Tensor f64(long... shape) {
    return Tensor.allocate(arena, DType.F64, shape);
  }

  @SuppressWarnings("restricted") // never touched: only its bounds are asked for
  private static Tensor imaginary(long... shape) {
    long bytes = Shapes.byteSize("tensor", DType.F64, shape);
    return Tensor.of(MemorySegment.ofAddress(64).reinterpret(bytes), DType.F64, shape);
  }

  @Test
  void aMatrixMultiplyNamesItsMatrices() {
    Tensor matrix = f64(2, 2);
    Tensor longs = Tensor.allocate(arena, DType.I64, 2, 2);
    refused("a: is I64, must be F64 or F32", () -> MatrixMultiply.multiply(longs, longs, longs, 1));
    refused("b: is I64, must be F64", () -> MatrixMultiply.multiply(matrix, longs, matrix, 1));
    missing("a", () -> MatrixMultiply.multiply(null, matrix, matrix, 1));
    missing("b", () -> MatrixMultiply.multiply(matrix, null, matrix, 1));
    missing("c", () -> MatrixMultiply.multiply(matrix, matrix, null, 1));
  }

  @Test
  void aLoweringReadsAnImage() {
    Im2col tall = Im2col.builder(5, 1).build();
    String spans = "kernelH: spans 5 with its dilation, the padded image has 3";
    refused(spans, () -> tall.columnsShape(1, 1, 3, 3));
    refused(spans, () -> tall.im2col(arena, f64(1, 1, 3, 3)));
    refused(spans, () -> tall.col2im(arena, f64(1, 5), 1, 1, 3, 3));
    refused(
        "image: W of 3 with padding and kernel does not fit a long",
        () -> Im2col.builder(1, 3).dilation(HUGE + 1).build().columnsShape(1, 1, 3, 3));
  }

  @Test
  void aPoolsGradientIsNoInput() {
    AvgPool2d avg = AvgPool2d.builder(2, 2).build();
    refused(
        "kernelH: spans 2 with its dilation, the padded gradInput has 1",
        () -> avg.backward(f64(1, 1, 1, 1), f64(1, 1, 1, 6)));
    refused(
        "kernelW: spans 2 with its dilation, the padded gradInput has 1",
        () ->
            MaxPool2d.builder(2, 2)
                .build()
                .backwardFromIndices(f64(1, 1, 1, 1), f64(1, 1, 1, 1), f64(1, 1, 6, 1)));
    refused(
        "gradInput: H of 9 with padding and kernel does not fit a long",
        () ->
            MaxPool2d.builder(HUGE, 1)
                .dilation(3)
                .build()
                .backwardFromIndices(f64(1, 1, 1, 1), f64(1, 1, 1, 1), f64(1, 1, 9, 9)));
    refused(
        "gradInput: H of 3 times " + HUGE + " windows does not fit a long",
        () -> AdaptiveAvgPool2d.of(HUGE, 1).backward(f64(1, 1, 1, 1), f64(1, 1, 3, 3)));
  }

  @Test
  void aPoolsGradientIsNoOutput() {
    Tensor pixel = f64(1, 1, 1, 1);
    String elements = "gradOutput: shape [1, 1, 9, " + HUGE + "] has more than 2^63 - 1 elements";
    refused(elements, () -> AdaptiveAvgPool2d.of(9, HUGE).backward(pixel, f64(1, 1, 1, 1)));
    refused(elements, () -> AdaptiveAvgPool2d.of(9, HUGE).backward(arena, pixel, 1, 1, 1, 1));
    refused(elements, () -> AdaptiveMaxPool2d.of(9, HUGE).backward(pixel, pixel, f64(1, 1, 1, 1)));
    MaxUnpool2d unpool = MaxUnpool2d.of(1 << 30, 1 << 29);
    Tensor pair = f64(2, 1, 1, 1);
    refused(
        "gradOutput: shape [2, 1, 1073741824, 536870912] in I64 has more than 2^63 - 1 bytes",
        () -> unpool.backward(pair, pair, pair));
  }

  @Test
  void anUnpoolsGradientIsMeasuredByItsIndices() {
    Tensor indices = Tensor.allocate(arena, DType.I64, 6);
    refused(
        "indices: shape is [6], must be [N, C, H, W] with H and W of at least 1",
        () -> MaxUnpool2d.of(4, 4).backward(arena, indices, f64(1, 1, 4, 4)));
  }

  @Test
  void aPaddingsGradientIsNoInput() {
    Pad2d reflect = Pad2d.builder(Pad2d.Mode.REFLECT).padding(3, 0, 0, 0).build();
    refused(
        "padTop: is 3, must be less than the gradInput's H in mode REFLECT, which is 3",
        () -> reflect.backward(f64(1, 1, 6, 3), f64(1, 1, 3, 3)));
    Pad2d high = Pad2d.builder(Pad2d.Mode.CONSTANT).padding(Long.MAX_VALUE, 0, 0, 0).build();
    refused(
        "gradInput: H of 3 with padding does not fit a long",
        () -> high.backward(f64(1, 1, 6, 3), f64(1, 1, 3, 3)));
    refused(
        "gradOutput: shape [1, 1, 1099511627779, 1099511627779] has more than 2^63 - 1 elements",
        () -> constant(1L << 40).backward(f64(1, 1, 6, 3), f64(1, 1, 3, 3)));
  }

  @Test
  void whatAOneLinerWouldAllocateIsItsOutput() {
    refused(
        "output: shape [1, 1, 1073741825, 1073741825] in F64 has more than 2^63 - 1 bytes",
        () -> constant(1L << 30).forward(arena, f64(1, 1, 1, 1)));
    Tensor image = imaginary(1L << 31, 1);
    refused(
        "output: shape [2147483648, 2147483648] in F64 has more than 2^63 - 1 bytes",
        () ->
            Signal2d.convolve2d(arena, image, imaginary(1, 1L << 31), Signal2d.Options.defaults()));
  }

  /** Rows above and columns to the left. */
  private static Pad2d constant(long size) {
    return Pad2d.builder(Pad2d.Mode.CONSTANT).padding(size, size, 0, 0).build();
  }

  @Test
  void shapesThatAreMissingAreNamed() {
    missing("inputShape", () -> MaxPool2d.builder(1, 1).build().outputShape((long[]) null));
    missing("inputShape", () -> MaxUnpool2d.of(1, 1).outputShape((long[]) null));
    missing("inputShape", () -> constant(1).outputShape((long[]) null));
    missing(
        "inputShape",
        () -> AvgPool2d.builder(1, 1).build().backward(arena, f64(1, 1, 1, 1), (long[]) null));
    long[] plane = {3, 3};
    missing("imageShape", () -> Signal2d.outputShape(null, plane, Signal2d.Mode.FULL));
    missing("kernelShape", () -> Signal2d.outputShape(plane, null, Signal2d.Mode.FULL));
  }

  private static void refused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  private static void missing(String operand, Executable call) {
    assertEquals(operand, assertThrows(NullPointerException.class, call).getMessage());
  }
}
