package io.github.colonnade;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Prints a hash of the results of every pass, algorithm and type of many geometries, and the hashes
 * that thousands of calls of one gradient have: for a JVM with the kernels of either kind.
 */
final class KernelBits {
  private static final int CALLS = 3000;
  private static final DType[] TYPES = {DType.F64, DType.F32};

  private KernelBits() {}

  /** Prints the hashes. */
  public static void main(String[] args) {
    System.out.println("kernels " + PlanOptions.kernels());
    ConvCase.named()
        .forEach(
            (name, drawn) -> {
              for (DType dtype : TYPES) {
                for (Algorithm algorithm : Algorithms.suiting(drawn)) {
                  if (algorithm == Algorithm.REFERENCE) {
                    // The loops of the definition have no kernels.
                    continue;
                  }
                  PlanOptions options = PlanOptions.defaults().withAlgorithm(algorithm);
                  int hash = results(drawn, dtype, options.withThreads(2));
                  System.out.println(name + " " + dtype + " " + algorithm + " " + hash);
                }
              }
            });
    for (DType dtype : TYPES) {
      for (int taps : new int[] {1, 2, 3, 4, 5, 8, 25, 121}) {
        for (int width : new int[] {1, 7, 31, 64, 300}) {
          System.out.println(
              "separable "
                  + taps
                  + " "
                  + width
                  + " "
                  + dtype
                  + " "
                  + separable(dtype, taps, width));
        }
      }
    }
    ConvCase depthwise = ConvCase.of(1, 8, 14, 14, 8, 3, 3).groups(8).padding(1, 1, 1, 1);
    for (DType dtype : TYPES) {
      System.out.println("repeated " + dtype + " " + repeated(depthwise, dtype));
    }
  }

  private static int results(ConvCase drawn, DType dtype, PlanOptions options) {
    try (Arena arena = Arena.ofConfined()) {
      SplittableRandom random = new SplittableRandom(7);
      Conv2dPlan plan = drawn.conv().plan(options, dtype, drawn.inputShape());
      Tensor input = random(arena, random, dtype, drawn.inputShape());
      Tensor weight = random(arena, random, dtype, drawn.weightShape());
      Tensor bias = random(arena, random, dtype, drawn.weightShape()[0]);
      Tensor gradOutput = random(arena, random, dtype, plan.outputShape());
      Tensor output = Tensor.allocate(arena, dtype, plan.outputShape());
      Tensor gradInput = Tensor.allocate(arena, dtype, drawn.inputShape());
      Tensor gradWeights = Tensor.allocate(arena, dtype, drawn.weightShape());
      plan.forward(input, weight, bias, output);
      plan.backwardInput(gradOutput, weight, gradInput);
      plan.backwardWeights(input, gradOutput, gradWeights);
      int plain = List.of(hash(output), hash(gradInput), hash(gradWeights)).hashCode();
      PlanOptions rectified = options.withActivation(Activation.RELU);
      plan = drawn.conv().plan(rectified, dtype, drawn.inputShape());
      PreparedWeights prepared = plan.prepare(arena, weight);
      plan.forward(input, prepared, null, output);
      plan.backwardActivation(output, gradOutput, gradOutput);
      plan.backwardInput(gradOutput, prepared, gradInput);
      return List.of(plain, hash(output), hash(gradOutput), hash(gradInput)).hashCode();
    }
  }

  private static int separable(DType dtype, int taps, int width) {
    try (Arena arena = Arena.ofConfined()) {
      SplittableRandom random = new SplittableRandom(11);
      SeparableFilter2d filter =
          SeparableFilter2d.builder(
                  random.doubles(taps, -1, 1).toArray(), random.doubles(taps, -1, 1).toArray())
              .build();
      return hash(filter.forward(arena, random(arena, random, dtype, 2, 37, width)));
    }
  }

  /** Returns the different hashes of a gradient of weights: one, if all is well. */
  private static List<Integer> repeated(ConvCase drawn, DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      SplittableRandom random = new SplittableRandom(7);
      Tensor input = random(arena, random, dtype, drawn.inputShape());
      Tensor gradOutput = random(arena, random, dtype, drawn.inputShape());
      Tensor gradWeights = Tensor.allocate(arena, dtype, drawn.weightShape());
      int[] hashes = new int[3 * CALLS];
      for (int threads = 1; threads <= 3; threads++) {
        PlanOptions options = PlanOptions.defaults().withThreads(threads);
        Conv2dPlan plan = drawn.conv().plan(options, dtype, drawn.inputShape());
        for (int call = (threads - 1) * CALLS; call < threads * CALLS; call++) {
          plan.backwardWeights(input, gradOutput, gradWeights);
          hashes[call] = hash(gradWeights);
        }
      }
      return Arrays.stream(hashes).distinct().boxed().toList();
    }
  }

  private static Tensor random(Arena arena, SplittableRandom random, DType dtype, long... shape) {
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, random.nextDouble(-1, 1));
    }
    return tensor;
  }

  private static int hash(Tensor tensor) {
    return tensor.segment().asByteBuffer().hashCode();
  }
}
