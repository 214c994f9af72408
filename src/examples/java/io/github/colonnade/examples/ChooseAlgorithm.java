package io.github.colonnade.examples;

import io.github.colonnade.Algorithm;
import io.github.colonnade.Conv2d;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.Pass;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Which algorithm computes, why, and how to have another. */
public final class ChooseAlgorithm {
  private ChooseAlgorithm() {}

  /**
   * Runs the example.
   *
   * @param args none
   * @throws IOException if the choices cannot be saved
   */
  public static void main(String[] args) throws IOException {
    long[] shape = {1, 16, 28, 28};
    // @start region="choose"
    Conv2d conv = Conv2d.builder(16, 16, 3, 3).padding(1).build();
    PlanOptions defaults = PlanOptions.defaults();

    Conv2dPlan chosen = conv.plan(DType.F64, shape); // AUTO: by shape
    System.out.println(chosen.explain());

    Conv2dPlan exact = conv.plan(defaults.withExact(true), DType.F64, shape); // no Winograd
    Conv2dPlan fixed = conv.plan(defaults.withAlgorithm(Algorithm.REFERENCE), DType.F64, shape);
    System.out.println(exact.algorithm() + ", " + fixed.algorithm(Pass.BACKWARD_INPUT));
    // @end
    Path file = Files.createTempFile("tuning", ".txt");
    try {
      // @start region="tuning"
      Tuning tuning = Tuning.create(); // measures each problem once, when its plan is made
      conv.plan(defaults.withTuning(tuning), DType.F64, shape);
      tuning.save(file);

      Tuning pinned = Tuning.load(file); // the same choices, and bits, in every run
      Conv2dPlan measured = conv.plan(defaults.withTuning(pinned), DType.F64, shape);
      // @end
      System.out.println(pinned + ": " + measured);
    } finally {
      Files.delete(file);
    }
  }
}
