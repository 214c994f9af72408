package io.github.colonnade.cli;

import io.github.colonnade.Conv2dPlan;

/** What of a layer is measured. */
public enum Pass {
  /** The output from the input. */
  FORWARD,
  /** All three gradients from the output's. */
  BACKWARD;

  /** Names the algorithm, or both of the two large gradients where they differ. */
  public String algorithm(Conv2dPlan plan) {
    if (this == FORWARD) {
      return Choices.name(plan.algorithm());
    }
    String ofInput = Choices.name(plan.algorithm(io.github.colonnade.Pass.BACKWARD_INPUT));
    String ofWeights = Choices.name(plan.algorithm(io.github.colonnade.Pass.BACKWARD_WEIGHTS));
    return ofInput.equals(ofWeights) ? ofInput : ofInput + "+" + ofWeights;
  }

  /** Counts operations: the two large gradients take as many each as the output. */
  public double flops(Conv2dPlan plan) {
    return this == FORWARD ? plan.flops() : 2 * plan.flops();
  }
}
