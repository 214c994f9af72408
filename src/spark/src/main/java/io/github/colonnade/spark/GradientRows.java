package io.github.colonnade.spark;

import io.github.colonnade.Activation;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Row;

/** Sums the gradients of a partition's rows, batch by batch: one sum, or none if it has no rows. */
record GradientRows(ConvSpec conv, RowReader reader)
    implements FlatMapFunction<Iterator<Row>, GradientSum> {

  @Override
  public Iterator<GradientSum> call(Iterator<Row> rows) {
    if (!rows.hasNext()) {
      return List.<GradientSum>of().iterator();
    }
    TaskConvolution task = new TaskConvolution(conv);
    GradientSum sum = new GradientSum(conv);
    reader.batches(rows).forEachRemaining(batch -> add(task, batch, sum));
    return List.of(sum).iterator();
  }

  private void add(TaskConvolution task, List<Example> examples, GradientSum sum) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = task.batch(arena, examples, 0);
      Tensor gradOutput = task.batch(arena, examples, 1);
      Conv2dPlan plan = task.plan(input);
      Tensor gradWeight = Tensor.allocate(arena, conv.dtype(), plan.weightShape());
      Tensor gradBias = Tensor.allocate(arena, conv.dtype(), conv.conv().outChannels());
      if (plan.activation() != Activation.NONE) {
        plan.backwardActivation(task.forward(arena, input), gradOutput, gradOutput);
      }
      plan.backwardWeights(input, gradOutput, gradWeight);
      plan.backwardBias(gradOutput, gradBias);
      sum.add(gradWeight, gradBias, examples.size());
    } catch (IllegalArgumentException wrong) {
      // The images have the same shapes, so what is wrong with one is wrong with all.
      throw new RowException(examples.getFirst().name() + ": " + wrong.getMessage(), wrong);
    }
  }
}
