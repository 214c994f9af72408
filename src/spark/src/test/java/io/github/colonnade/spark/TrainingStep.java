package io.github.colonnade.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.zip_with;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The example of the documentation: the gradients of half the squared distance to targets. */
final class TrainingStep {
  private TrainingStep() {}

  static Gradients gradients(Dataset<Row> data, ConvSpec conv, int batch) {
    // @start region="gradients"
    Dataset<Row> computed =
        SparkConv.forward(data, conv, "image", "output", batch)
            .withColumn(
                "grad",
                struct(
                    col("output.shape"),
                    zip_with(col("output.values"), col("target.values"), (y, t) -> y.minus(t))
                        .as("values")));
    Gradients sum = SparkConv.gradients(computed, conv, "image", "grad", batch);
    // @end
    return sum;
  }
}
