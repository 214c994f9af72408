package io.github.colonnade.internal.blas;

import io.github.colonnade.Algorithm;
import io.github.colonnade.Conv2d;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.Padding;
import io.github.colonnade.Pass;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.Arena;
import java.util.List;

/** What {@link Avx512Test} runs: multiplies in parts, and gradients of weights transposed. */
final class Avx512Calls {
  private static final DType[] TYPES = {DType.F64, DType.F32};

  private Avx512Calls() {}

  /** Prints the kind of core, the tiles of each gradient, and a word at the end. */
  public static void main(String[] arguments) {
    System.out.println("core " + OpenBlasLoader.load().core() + ", " + CoreKind.current());
    for (ElementType type : ElementType.values()) {
      for (Transpose transA : Transpose.values()) {
        for (double beta : new double[] {0, 1, -0.5}) {
          // Whole; the depth, the rows and the columns cut; all three, with rests.
          new Product(type, transA, Transpose.NO, 7, 5, 3, 1, beta).checkInParts();
          new Product(type, transA, Transpose.NO, 1, 1300, 800, 1, beta).checkInParts();
          new Product(type, transA, Transpose.NO, 700, 3, 600, 1, beta).checkInParts();
          new Product(type, transA, Transpose.NO, 8, 1840, 72, 1, beta).checkInParts();
          new Product(type, transA, Transpose.NO, 131, 113, 99, 1, beta).checkInParts();
        }
      }
    }
    Conv2d.Builder few = Conv2d.builder(16, 32, 3, 3);
    gradients("plain", few.padding(Padding.of(1)).build(), 2, 13);
    gradients("strided", few.stride(2, 2).build(), 2, 13);
    gradients("small images", few.stride(1, 1).padding(Padding.VALID).build(), 30, 4);
    gradients(
        "groups", Conv2d.builder(30, 22, 3, 3).groups(2).padding(Padding.of(1)).build(), 2, 9);
    gradients("several blocks", Conv2d.builder(50, 17, 3, 3).build(), 1, 10);
    gradients("few weights", Conv2d.builder(14, 32, 3, 3).build(), 1, 10);
    gradients("many channels", Conv2d.builder(16, 257, 3, 3).build(), 1, 6);
    gradients("pointwise", Conv2d.builder(150, 32, 1, 1).build(), 1, 6);
    gradients("large pointwise", Conv2d.builder(150, 32, 1, 1).build(), 3, 14);
    gradients("pointwise groups", Conv2d.builder(260, 34, 1, 1).groups(2).build(), 1, 24);
    System.out.println("all right");
  }

  /** Compares the forward pass and both gradients with the definition, whose sums are exact. */
  private static void gradients(String name, Conv2d conv, long batch, long side) {
    for (DType dtype : TYPES) {
      PlanOptions options = PlanOptions.defaults().withAlgorithm(Algorithm.IM2COL).withThreads(2);
      long[] shape = {batch, conv.inChannels(), side, side};
      Conv2dPlan plan = conv.plan(options, dtype, shape);
      Conv2dPlan defined = conv.plan(options.withAlgorithm(Algorithm.REFERENCE), dtype, shape);
      try (Arena arena = Arena.ofConfined()) {
        Tensor input = whole(arena, dtype, shape);
        Tensor weight = whole(arena, dtype, plan.weightShape());
        Tensor gradOutput = whole(arena, dtype, plan.outputShape());
        List<Tensor> expected = passes(arena, defined, input, weight, gradOutput);
        List<Tensor> actual = passes(arena, plan, input, weight, gradOutput);
        for (int pass = 0; pass < expected.size(); pass++) {
          if (expected.get(pass).segment().mismatch(actual.get(pass).segment()) >= 0) {
            throw new AssertionError(name + " " + dtype + ": result " + pass + " of the three");
          }
        }
      }
      System.out.println(name + ": " + gradientTiles(plan));
    }
  }

  private static String gradientTiles(Conv2dPlan plan) {
    return plan.explain()
        .lines()
        .filter(line -> line.startsWith(Pass.BACKWARD_WEIGHTS.name()))
        .findFirst()
        .orElseThrow();
  }

  private static List<Tensor> passes(
      Arena arena, Conv2dPlan plan, Tensor input, Tensor weight, Tensor gradOutput) {
    Tensor output = Tensor.allocate(arena, input.dtype(), plan.outputShape());
    Tensor gradInput = Tensor.allocate(arena, input.dtype(), input.shape());
    Tensor gradWeights = Tensor.allocate(arena, input.dtype(), plan.weightShape());
    plan.forward(input, weight, null, output);
    plan.backwardInput(gradOutput, weight, gradInput);
    plan.backwardWeights(input, gradOutput, gradWeights);
    return List.of(output, gradInput, gradWeights);
  }

  /** Allocates small whole numbers, whose sums every order rounds alike: not at all. */
  private static Tensor whole(Arena arena, DType dtype, long... shape) {
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, (double) ((i * i + 5 * i) % 23 - 11));
    }
    return tensor;
  }
}
