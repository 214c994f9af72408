package io.github.colonnade.spark;

import static org.apache.spark.sql.functions.col;

import io.github.colonnade.Conv2d;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.RandomFill;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** A step of gradient descent on half the squared distance to targets, on Spark and without. */
final class Training {
  static final int ROWS = 26;
  static final int PARTITIONS = 5;
  static final int BATCH = 4;
  static final ConvSpec START =
      Photographs.spec(Conv2d.builder(3, 4, 3, 3).padding(1).build(), DType.F32, 7);

  private static final double RATE = 0.01;
  private static final long[] IMAGE = {3, 12, 13};
  private static final long[] TARGET = {4, 12, 13};

  private Training() {}

  private static Tensor random(long seed, long... shape) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor values = Tensor.allocate(arena, DType.F32, shape);
      return Tensor.of(RandomFill.seeded(seed).uniform(values, -1, 1).toFloatArray(), shape);
    }
  }

  private static Tensor image(long id) {
    return random(id, IMAGE);
  }

  private static Tensor target(long id) {
    return random(1000 + id, TARGET);
  }

  /** Returns the images and their targets, cut by number. */
  static Dataset<Row> data(SparkSession spark) {
    List<Row> rows = new ArrayList<>();
    for (int id = 0; id < ROWS; id++) {
      rows.add(
          RowFactory.create(
              id,
              RowFactory.create(IMAGE, image(id).toFloatArray()),
              RowFactory.create(TARGET, target(id).toFloatArray())));
    }
    StructType schema =
        new StructType()
            .add("id", DataTypes.IntegerType)
            .add("image", Columns.tensor(DType.F32))
            .add("target", Columns.tensor(DType.F32));
    return spark
        .createDataFrame(rows, schema)
        .repartition(PARTITIONS, col("id"))
        .sortWithinPartitions("id");
  }

  /** Returns the numbers of the rows of each partition. */
  static List<List<Integer>> cut(Dataset<Row> data) {
    return data.select("id").javaRDD().glom().collect().stream()
        .map(rows -> rows.stream().map(row -> row.getInt(0)).toList())
        .toList();
  }

  /** Returns the gradients of a step on Spark. */
  static Gradients gradients(Dataset<Row> data, ConvSpec conv) {
    return TrainingStep.gradients(data, conv, BATCH);
  }

  /** Returns the gradients of a step in this process, cut alike. */
  static Gradients gradients(List<List<Integer>> cut, ConvSpec conv) {
    GradientSum all = new GradientSum(conv);
    for (List<Integer> partition : cut) {
      GradientSum sum = new GradientSum(conv);
      for (int from = 0; from < partition.size(); from += BATCH) {
        List<Integer> ids = partition.subList(from, Math.min(from + BATCH, partition.size()));
        try (Arena arena = Arena.ofConfined()) {
          Tensor input = Tensor.allocate(arena, DType.F32, ids.size(), 3, 12, 13);
          for (int i = 0; i < ids.size(); i++) {
            input.slice(i, i + 1).reshape(IMAGE).copyFrom(image(ids.get(i)));
          }
          Conv2dPlan plan = conv.conv().plan(DType.F32, input.shape());
          Tensor gradOutput = Tensor.allocate(arena, DType.F32, plan.outputShape());
          plan.forward(input, conv.weight(), conv.bias(), gradOutput);
          for (int i = 0; i < ids.size(); i++) {
            subtract(gradOutput.slice(i, i + 1), target(ids.get(i)));
          }
          Tensor weight = Tensor.allocate(arena, DType.F32, plan.weightShape());
          Tensor bias = Tensor.allocate(arena, DType.F32, 4);
          plan.backwardWeights(input, gradOutput, weight);
          plan.backwardBias(gradOutput, bias);
          sum.add(weight, bias, ids.size());
        }
      }
      all.add(sum);
    }
    return all.round(conv);
  }

  private static void subtract(Tensor from, Tensor values) {
    for (long i = 0; i < values.elementCount(); i++) {
      from.set(i, (float) from.get(i) - (float) values.get(i));
    }
  }

  /** Returns the convolution after a step. */
  static ConvSpec step(ConvSpec conv, Gradients gradients) {
    double rate = RATE / gradients.rows();
    return ConvSpec.of(
        conv.conv(),
        moved(conv.weight(), gradients.weight(), rate),
        moved(conv.bias(), gradients.bias(), rate));
  }

  private static Tensor moved(Tensor tensor, Tensor gradient, double rate) {
    float[] values = tensor.toFloatArray();
    for (int i = 0; i < values.length; i++) {
      values[i] -= (float) (rate * gradient.get(i));
    }
    return Tensor.of(values, tensor.shape());
  }
}
