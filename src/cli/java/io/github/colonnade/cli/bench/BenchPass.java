package io.github.colonnade.cli.bench;

import io.github.colonnade.Algorithm;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.Pass;
import java.util.Locale;

/** What of a layer is measured. */
public enum BenchPass {
  /** The output from the input. */
  FORWARD,
  /** All three gradients from the output's. */
  BACKWARD;

  /** Names the algorithm, or both of the two large gradients where they differ. */
  public String algorithm(Conv2dPlan plan) {
    if (this == FORWARD) {
      return name(plan.algorithm());
    }
    String ofInput = name(plan.algorithm(Pass.BACKWARD_INPUT));
    String ofWeights = name(plan.algorithm(Pass.BACKWARD_WEIGHTS));
    return ofInput.equals(ofWeights) ? ofInput : ofInput + "+" + ofWeights;
  }

  private static String name(Algorithm algorithm) {
    return algorithm.name().toLowerCase(Locale.ROOT);
  }

  /** Counts operations: the two large gradients take as many each as the output. */
  public double flops(Conv2dPlan plan) {
    return this == FORWARD ? plan.flops() : 2 * plan.flops();
  }
}
