package io.github.colonnade.examples;

import io.github.colonnade.Activation;
import io.github.colonnade.Conv2d;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.PreparedWeights;
import io.github.colonnade.Tensor;
import io.github.colonnade.Workspace;
import java.lang.foreign.Arena;

/** Many batches of one shape: what depends on the shape or the weights is done once. */
public final class ReusePlan {
  private ReusePlan() {}

  /**
   * Runs the example.
   *
   * @param args none
   */
  public static void main(String[] args) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor weight = Tensor.allocate(arena, DType.F32, 32, 16, 3, 3).fill(0.01);
      Tensor bias = Tensor.allocate(arena, DType.F32, 32).fill(-0.5);
      // @start region="reuse"
      Conv2d conv = Conv2d.builder(16, 32, 3, 3).padding(1).build();
      PlanOptions options =
          PlanOptions.defaults().withActivation(Activation.RELU).withPreparedWeights(true);
      Conv2dPlan plan = conv.plan(options, DType.F32, 8, 16, 28, 28); // safe to share

      Workspace workspace = Workspace.allocate(arena, plan.workspaceBytes());
      PreparedWeights prepared = plan.prepare(arena, weight);
      Tensor images = Tensor.allocate(arena, DType.F32, plan.inputShape());
      Tensor features = Tensor.allocate(arena, DType.F32, plan.outputShape());
      for (int batch = 0; batch < 3; batch++) {
        images.fill(batch); // the next eight images
        plan.forward(images, prepared, bias, features, workspace); // allocates no native memory
        System.out.printf("batch %d: %.2f%n", batch, features.get(29));
      }
      // @end
    }
  }
}
