package io.github.colonnade.examples;

import io.github.colonnade.Conv2d;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.Elementwise;
import io.github.colonnade.RandomFill;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;

/** The gradients of a convolution: gradient descent finds the kernel that made some images. */
public final class Gradients {
  private Gradients() {}

  /**
   * Runs the example.
   *
   * @param args none
   */
  public static void main(String[] args) {
    Conv2dPlan plan = Conv2d.builder(1, 1, 3, 3).build().plan(DType.F64, 4, 1, 18, 18);
    double[] sobel = {-1, 0, 1, -2, 0, 2, -1, 0, 1};
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = Tensor.allocate(arena, DType.F64, plan.inputShape());
      RandomFill.seeded(1).uniform(x, -1, 1);
      Tensor target = Tensor.allocate(arena, DType.F64, plan.outputShape());
      plan.forward(x, Tensor.copyOf(arena, sobel, 1, 1, 3, 3), null, target);

      Tensor w = Tensor.allocate(arena, DType.F64, plan.weightShape());
      Tensor b = Tensor.allocate(arena, DType.F64, 1);
      for (int step = 0; step < 200; step++) {
        descend(plan, x, target, w, b);
      }
      for (int i = 0; i < sobel.length; i++) {
        System.out.printf("%6.3f%s", w.get(i), i % 3 == 2 ? "\n" : "");
      }
    }
  }

  private static void descend(Conv2dPlan plan, Tensor x, Tensor target, Tensor w, Tensor b) {
    double rate = 1e-3;
    try (Arena arena = Arena.ofConfined()) {
      // @start region="gradients"
      Tensor y = Tensor.allocate(arena, DType.F64, plan.outputShape());
      plan.forward(x, w, b, y);

      // The loss is Σ (y − target)² / 2; its gradient at y is y − target.
      Tensor gradY = Tensor.allocate(arena, DType.F64, plan.outputShape());
      Elementwise.create().combine(1, y, -1, target, gradY);

      Tensor gradW = Tensor.allocate(arena, DType.F64, plan.weightShape());
      Tensor gradB = Tensor.allocate(arena, DType.F64, b.shape());
      Tensor gradX = Tensor.allocate(arena, DType.F64, plan.inputShape());
      plan.backwardWeights(x, gradY, gradW);
      plan.backwardBias(gradY, gradB);
      plan.backwardInput(gradY, w, gradX); // for the layer before

      Elementwise.create().addScaled(-rate, gradW, w); // w -= rate · gradW
      Elementwise.create().addScaled(-rate, gradB, b);
      // @end
    }
  }
}
