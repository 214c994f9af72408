package io.github.colonnade.spark;

import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.TaskContext;

/** A convolution in one task, on as many threads as {@code spark.task.cpus} gives it. */
final class TaskConvolution {
  private final ConvSpec conv;
  private final PlanOptions options;
  private Conv2dPlan plan;

  TaskConvolution(ConvSpec conv) {
    this.conv = conv;
    options = conv.conv().options().withThreads(TaskContext.get().cpus());
  }

  /** Returns the plan for a batch, which is that of the last one if it has the same shape. */
  Conv2dPlan plan(Tensor batch) {
    long[] shape = batch.shape();
    if (plan == null || !Arrays.equals(plan.inputShape(), shape)) {
      plan = conv.conv().plan(options, conv.dtype(), shape);
    }
    return plan;
  }

  /** Copies a column of examples into one tensor, {@code [N, C, H, W]}. */
  Tensor batch(Arena arena, List<Example> examples, int column) {
    long[] image = examples.getFirst().images().get(column).shape();
    Tensor batch =
        Tensor.allocate(arena, conv.dtype(), examples.size(), image[0], image[1], image[2]);
    for (int i = 0; i < examples.size(); i++) {
      batch.slice(i, i + 1).reshape(image).copyFrom(examples.get(i).images().get(column));
    }
    return batch;
  }

  /** Computes a batch's output. */
  Tensor forward(Arena arena, Tensor batch) {
    Conv2dPlan planned = plan(batch);
    Tensor output = Tensor.allocate(arena, conv.dtype(), planned.outputShape());
    planned.forward(batch, conv.weight(), conv.bias(), output);
    return output;
  }
}
