package io.github.colonnade;

import static io.github.colonnade.SmallOperators.TYPES;
import static io.github.colonnade.SmallOperators.assertSameBits;
import static io.github.colonnade.SmallOperators.bytes;
import static io.github.colonnade.SmallOperators.copy;
import static io.github.colonnade.SmallOperators.random;
import static io.github.colonnade.SmallOperators.refuses;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReluTest {
  private static final long[][] SHAPES = {{}, {1}, {0, 3}, {5, 7}, {3, 5, 61, 67}};

  private final Arena arena = Arena.ofConfined();
  private final Relu relu = Relu.create();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  /** What {@code torch.relu} and its gradient make of them, by PyTorch 2.13. */
  @Test
  void theRulesArePyTorchs() {
    for (DType dtype : TYPES) {
      double least = dtype == DType.F64 ? Double.MIN_VALUE : Float.MIN_VALUE;
      double[] values = {
        -0.0,
        0.0,
        Double.NaN,
        Double.NEGATIVE_INFINITY,
        -least,
        least,
        5,
        -5,
        Double.POSITIVE_INFINITY
      };
      double[] rectified = {-0.0, 0, Double.NaN, 0, 0, least, 5, 0, Double.POSITIVE_INFINITY};
      double[] gradients = {0, 0, 3, 0, 0, 3, 3, 0, 3};
      Tensor input = Tensor.allocate(arena, dtype, values.length);
      for (int i = 0; i < values.length; i++) {
        input.set(i, values[i]);
      }
      Tensor output = relu.forward(arena, input);
      Tensor gradOutput = Tensor.allocate(arena, dtype, values.length).fill(3);

      assertArrayEquals(rectified, output.toDoubleArray());
      assertArrayEquals(gradients, relu.backward(arena, output, gradOutput).toDoubleArray());
      assertArrayEquals(gradients, relu.backward(arena, input, gradOutput).toDoubleArray());
    }
  }

  @Test
  void everyShapeElementByElement() {
    for (DType dtype : TYPES) {
      for (long[] shape : SHAPES) {
        Tensor input = random(arena, 1, dtype, shape);
        Tensor gradOutput = random(arena, 2, dtype, shape);
        Tensor output = Tensor.allocate(arena, dtype, shape);
        Tensor gradInput = Tensor.allocate(arena, dtype, shape);

        relu.forward(input, output);
        relu.backward(output, gradOutput, gradInput);

        for (long i = 0; i < input.elementCount(); i++) {
          assertEquals(Math.max(input.get(i), 0), output.get(i));
          assertEquals(output.get(i) > 0 ? gradOutput.get(i) : 0, gradInput.get(i));
        }
      }
    }
  }

  @Test
  void inPlaceAndAtAnyNumberOfThreadsTheBitsAreTheSame() {
    for (DType dtype : TYPES) {
      long[] shape = {3, 5, 61, 67};
      Tensor input = random(arena, 3, dtype, shape);
      Tensor gradOutput = random(arena, 4, dtype, shape);
      Tensor output = relu.forward(arena, input);
      Tensor gradInput = relu.backward(arena, output, gradOutput);
      Tensor rectified = copy(arena, input);
      Tensor gradient = copy(arena, gradOutput);

      relu.forward(rectified, rectified);
      relu.backward(output, gradient, gradient);

      assertArrayEquals(bytes(output), bytes(rectified));
      assertArrayEquals(bytes(gradInput), bytes(gradient));
      assertSameBits(
          arena,
          (arena, threads) -> {
            Guarded result = Guarded.nan(arena, dtype, shape);
            relu.withThreads(threads).forward(input, result.tensor());
            return result;
          });
      assertSameBits(
          arena,
          (arena, threads) -> {
            Guarded result = Guarded.nan(arena, dtype, shape);
            relu.withThreads(threads).backward(output, gradOutput, result.tensor());
            return result;
          });
    }
  }

  /** As {@link Activation#RELU} has them. */
  @Test
  void theBitsOfAPlansActivation() {
    ConvPlan plan =
        Conv2d.builder(1, 1, 1, 1)
            .options(PlanOptions.defaults().withActivation(Activation.RELU))
            .build()
            .plan(DType.F64, 1, 1, 30, 31);
    Tensor input = random(arena, 5, DType.F64, 1, 1, 30, 31);
    Tensor weight = Tensor.allocate(arena, DType.F64, 1, 1, 1, 1).fill(1);
    Tensor gradOutput = random(arena, 6, DType.F64, 1, 1, 30, 31);
    Tensor output = Tensor.allocate(arena, DType.F64, 1, 1, 30, 31);
    Tensor gradient = Tensor.allocate(arena, DType.F64, 1, 1, 30, 31);
    plan.forward(input, weight, null, output);
    plan.backwardActivation(output, gradOutput, gradient);

    assertArrayEquals(bytes(output), bytes(relu.forward(arena, input)));
    assertArrayEquals(bytes(gradient), bytes(relu.backward(arena, output, gradOutput)));
  }

  @Test
  void namesTheOperandThatIsWrong() {
    Tensor x = Tensor.allocate(arena, DType.F64, 2, 3);
    Tensor y = Tensor.allocate(arena, DType.F64, 2, 3);
    Tensor wide = Tensor.allocate(arena, DType.F64, 7);
    Tensor left = Tensor.of(wide.segment().asSlice(0, 48), DType.F64, 2, 3);
    Tensor right = Tensor.of(wide.segment().asSlice(8, 48), DType.F64, 2, 3);
    Tensor single = Tensor.allocate(arena, DType.F32, 2, 3);
    Tensor readOnly = Tensor.of(y.segment().asReadOnly(), DType.F64, 2, 3);

    refuses("output: overlaps input, must not", () -> relu.forward(left, right));
    refuses("output: is F32, must be F64", () -> relu.forward(x, single));
    refuses("output: shape is [6], must be [2, 3]", () -> relu.forward(x, y.reshape(6)));
    refuses("output: is read-only, must be writable", () -> relu.forward(x, readOnly));
    refuses("gradInput: overlaps gradOutput, must not", () -> relu.backward(x, left, right));
    refuses("gradInput: overlaps output, must not", () -> relu.backward(x, y, x));
    refuses("gradOutput: is F32, must be F64", () -> relu.backward(x, single, y));
    refuses(
        "input: is I64, must be F64 or F32",
        () -> relu.forward(arena, Tensor.allocate(arena, DType.I64, 1)));
    refuses("threads: is 0, must be at least 1", () -> relu.withThreads(0));
  }
}
