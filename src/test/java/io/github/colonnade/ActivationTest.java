package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An activation in the tiles has the bits of one that is applied afterwards. */
class ActivationTest {
  private static final DType[] TYPES = {DType.F64, DType.F32};

  /** More would take the loops of the definition too long. */
  private static final double MOST_OPERATIONS = 1e6;

  private static final double[] ODD = {
    Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN, -0.0
  };

  @TestFactory
  Stream<DynamicTest> theBitsOfAPassOfItsOwn() {
    return ConvChecks.named(ActivationTest::check);
  }

  @TestFactory
  Stream<DynamicTest> transposedAsWell() {
    return ConvChecks.transposed(ActivationTest::check);
  }

  @Test
  void onRandomCases() {
    ConvChecks.random(ActivationTest::check);
  }

  @Test
  void onBandsOfRows() {
    for (int kernel : new int[] {2, 3, 5}) {
      ConvTranspose2d conv =
          ConvTranspose2d.builder(24, 2, kernel, kernel).stride(2).padding(1).build();
      ConvPlan plan =
          conv.plan(
              PlanOptions.defaults().withAlgorithm(Algorithm.IM2COL), DType.F64, 1, 24, 128, 100);
      assertTrue(plan.explain().contains("bands of rows"), plan.explain());
      check(conv, List.of(Algorithm.IM2COL), 1, 24, 128, 100);
    }
  }

  private static void check(Convolution<?> conv, List<Algorithm> algorithms, long... shape) {
    for (DType dtype : TYPES) {
      for (Algorithm algorithm : algorithms) {
        PlanOptions options = PlanOptions.defaults().withAlgorithm(algorithm);
        if (algorithm == Algorithm.REFERENCE
            && conv.plan(options, dtype, shape).flops() > MOST_OPERATIONS) {
          continue;
        }
        check(conv, options.withMaxWorkspaceBytes(4L << 20), dtype, true, shape);
        check(conv, options.withMaxWorkspaceBytes(150_000), dtype, false, shape);
      }
    }
  }

  private static void check(
      Convolution<?> conv, PlanOptions options, DType dtype, boolean finite, long... shape) {
    SplittableRandom random = new SplittableRandom(5);
    try (Arena arena = Arena.ofConfined()) {
      ConvPlan plain = conv.plan(options.withThreads(1), dtype, shape);
      Tensor input = Guarded.random(arena, random, dtype, shape).tensor();
      Tensor weight = Guarded.random(arena, random, dtype, plain.weightShape()).tensor();
      Tensor bias = Guarded.random(arena, random, dtype, plain.outputShape()[1]).tensor();
      if (!finite) {
        for (Tensor operand : List.of(input, weight, bias)) {
          if (operand.elementCount() > 0 && random.nextBoolean()) {
            operand.set(random.nextLong(operand.elementCount()), ODD[random.nextInt(ODD.length)]);
          }
        }
      }
      for (Tensor b : Arrays.asList(bias, finite ? null : bias)) {
        Tensor expected = Guarded.nan(arena, dtype, plain.outputShape()).tensor();
        plain.forward(input, weight, b, expected);
        rectify(expected);
        ConvPlan plan =
            conv.plan(options.withThreads(3).withActivation(Activation.RELU), dtype, shape);
        assertEquals(plain.algorithm(), plan.algorithm());
        Guarded output = Guarded.nan(arena, dtype, plan.outputShape());
        plan.forward(input, weight, b, output.tensor());
        output.assertCanariesAlive(plan.explain());
        assertArrayEquals(bytes(expected), bytes(output.tensor()), plan.explain());
      }
    }
  }

  /** The rule, one element at a time. */
  private static void rectify(Tensor tensor) {
    for (long i = 0; i < tensor.elementCount(); i++) {
      if (tensor.get(i) < 0) {
        tensor.set(i, 0);
      }
    }
  }

  private static byte[] bytes(Tensor tensor) {
    return tensor.segment().toArray(ValueLayout.JAVA_BYTE);
  }

  /** What {@code torch.relu} and its gradient make of them, by PyTorch 2.13. */
  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void theRulesArePyTorchs(DType dtype) {
    double least = dtype == DType.F64 ? Double.MIN_VALUE : Float.MIN_VALUE;
    double[] sums = {
      -0.0,
      0.0,
      Double.NaN,
      -Double.NaN,
      Double.NEGATIVE_INFINITY,
      -least,
      least,
      5,
      -5,
      Double.POSITIVE_INFINITY
    };
    double[] rectified = {
      -0.0, 0, Double.NaN, Double.NaN, 0, 0, least, 5, 0, Double.POSITIVE_INFINITY
    };
    double[] gradients = {0, 0, 3, 3, 0, 0, 3, 3, 0, 3};
    int count = sums.length;
    for (Algorithm algorithm : List.of(Algorithm.REFERENCE, Algorithm.IM2COL, Algorithm.DIRECT)) {
      try (Arena arena = Arena.ofConfined()) {
        // A bias of -0 keeps the sign of a zero.
        Tensor input = Tensor.allocate(arena, dtype, 1, 1, 1, count);
        Tensor weight = Tensor.allocate(arena, dtype, 1, 1, 1, 1).fill(1);
        Tensor bias = Tensor.allocate(arena, dtype, 1).fill(-0.0);
        Tensor output = Tensor.allocate(arena, dtype, 1, 1, 1, count);
        Tensor grad = Tensor.allocate(arena, dtype, 1, 1, 1, count).fill(3);
        for (int i = 0; i < count; i++) {
          input.set(i, sums[i]);
        }
        ConvPlan plan =
            Conv2d.builder(1, 1, 1, 1).build().plan(relu(algorithm), dtype, input.shape());
        plan.forward(input, weight, bias, output);
        // The others begin a sum with 0.
        for (int i = algorithm == Algorithm.DIRECT ? 0 : 1; i < count; i++) {
          assertEquals(rectified[i], output.get(i), algorithm + ", element " + i);
        }
        plan.backwardActivation(output, grad, grad);
        assertArrayEquals(gradients, grad.toDoubleArray());
        plan.backwardActivation(input, grad.fill(3), output);
        assertArrayEquals(gradients, output.toDoubleArray());
      }
    }
  }

  private static PlanOptions relu(Algorithm algorithm) {
    return PlanOptions.defaults().withAlgorithm(algorithm).withActivation(Activation.RELU);
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void itsGradientIsMaskedAtAnyNumberOfThreads(DType dtype) {
    SplittableRandom random = new SplittableRandom(3);
    long[] shape = {3, 5, 61, 67};
    try (Arena arena = Arena.ofConfined()) {
      Tensor output = Guarded.random(arena, random, dtype, shape).tensor();
      Tensor gradOutput = Guarded.random(arena, random, dtype, shape).tensor();
      output.set(7, Double.NaN);
      output.set(8, 0);
      output.set(9, -0.0);
      gradOutput.set(10, Double.NaN);
      gradOutput.set(11, -0.0);
      for (int threads : new int[] {1, 4}) {
        PlanOptions options = relu(Algorithm.AUTO).withThreads(threads);
        ConvPlan plan = Conv2d.builder(5, 5, 1, 1).build().plan(options, dtype, shape);
        Guarded grad = Guarded.nan(arena, dtype, shape);
        plan.backwardActivation(output, gradOutput, grad.tensor());
        grad.assertCanariesAlive("gradPreActivation");
        for (long i = 0; i < output.elementCount(); i++) {
          double expected = output.get(i) <= 0 ? 0.0 : gradOutput.get(i);
          assertEquals(expected, grad.tensor().get(i));
        }
        Tensor inPlace = copy(arena, gradOutput);
        plan.backwardActivation(output, inPlace, inPlace);
        assertArrayEquals(bytes(grad.tensor()), bytes(inPlace));
      }
    }
  }

  private static Tensor copy(Arena arena, Tensor tensor) {
    Tensor copy = Tensor.allocate(arena, tensor.dtype(), tensor.shape());
    copy.segment().copyFrom(tensor.segment());
    return copy;
  }

  @Test
  void withoutOneTheGradientPasses() {
    try (Arena arena = Arena.ofConfined()) {
      ConvPlan plan = Conv2d.builder(1, 1, 1, 1).build().plan(DType.F64, 1, 1, 200, 200);
      Tensor output = Tensor.allocate(arena, DType.F64, plan.outputShape()).fill(-1);
      Tensor gradOutput =
          Guarded.random(arena, new SplittableRandom(1), DType.F64, plan.outputShape()).tensor();
      Tensor grad = Tensor.allocate(arena, DType.F64, plan.outputShape());
      plan.backwardActivation(output, gradOutput, grad);
      assertArrayEquals(bytes(gradOutput), bytes(grad));
      plan.backwardActivation(output, grad, grad);
      assertArrayEquals(bytes(gradOutput), bytes(grad));
    }
  }

  /** The chain of gradients against differences of the loss {@code Σ output · gradOutput}. */
  @Test
  void theGradientsAreThoseOfTheActivatedOutput() {
    SplittableRandom random = new SplittableRandom(11);
    try (Arena arena = Arena.ofConfined()) {
      ConvPlan plan =
          Conv2d.builder(2, 3, 3, 3)
              .padding(1)
              .options(relu(Algorithm.AUTO))
              .build()
              .plan(DType.F64, 2, 2, 5, 4);
      Tensor input = Guarded.random(arena, random, DType.F64, plan.inputShape()).tensor();
      Tensor weight = Guarded.random(arena, random, DType.F64, plan.weightShape()).tensor();
      Tensor bias = Guarded.random(arena, random, DType.F64, 3).tensor();
      Tensor gradOutput = Guarded.random(arena, random, DType.F64, plan.outputShape()).tensor();
      Tensor output = Tensor.allocate(arena, DType.F64, plan.outputShape());
      plan.forward(input, weight, bias, output);
      Tensor grad = Tensor.allocate(arena, DType.F64, plan.outputShape());
      plan.backwardActivation(output, gradOutput, grad);
      Tensor gradInput = Tensor.allocate(arena, DType.F64, plan.inputShape());
      Tensor gradWeights = Tensor.allocate(arena, DType.F64, plan.weightShape());
      Tensor gradBias = Tensor.allocate(arena, DType.F64, 3);
      plan.backwardInput(grad, weight, gradInput);
      plan.backwardWeights(input, grad, gradWeights);
      plan.backwardBias(grad, gradBias);
      List<Tensor> operands = List.of(input, weight, bias);
      List<Tensor> gradients = List.of(gradInput, gradWeights, gradBias);
      double step = 1e-6;
      for (int which = 0; which < 3; which++) {
        Tensor operand = operands.get(which);
        for (long i = 0; i < operand.elementCount(); i++) {
          double value = operand.get(i);
          double[] loss = new double[2];
          for (int side = 0; side < 2; side++) {
            operand.set(i, value + (side == 0 ? step : -step));
            plan.forward(input, weight, bias, output);
            for (long k = 0; k < output.elementCount(); k++) {
              loss[side] += output.get(k) * gradOutput.get(k);
            }
          }
          operand.set(i, value);
          assertEquals((loss[0] - loss[1]) / (2 * step), gradients.get(which).get(i), 1e-7);
        }
      }
    }
  }

  @Test
  void plansSayIt() {
    Conv2d conv = Conv2d.builder(1, 1, 1, 1).options(relu(Algorithm.IM2COL)).build();
    ConvPlan plan = conv.plan(DType.F64, 1, 1, 2, 2);
    assertEquals(Activation.RELU, plan.activation());
    assertTrue(
        plan.explain().startsWith("activation RELU, in the forward pass's tiles\nFORWARD: IM2COL"),
        plan.explain());
    ConvPlan none = conv.plan(PlanOptions.defaults(), DType.F64, 1, 1, 2, 2);
    assertEquals(Activation.NONE, none.activation());
    assertFalse(none.explain().contains("activation"), none.explain());
    try (Arena arena = Arena.ofConfined()) {
      Tensor one = Tensor.allocate(arena, DType.F64, 1, 1, 1, 1).fill(1);
      Tensor minus = Tensor.allocate(arena, DType.F64, 1, 1, 1, 1).fill(-1);
      assertEquals(0, conv.forward(arena, one, minus, null).get(0));
    }
    PlanOptions options = PlanOptions.defaults();
    assertEquals(
        "activation",
        assertThrows(NullPointerException.class, () -> options.withActivation(null)).getMessage());
  }
}
