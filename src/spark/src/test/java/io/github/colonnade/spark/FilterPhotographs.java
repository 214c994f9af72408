package io.github.colonnade.spark;

import io.github.colonnade.Conv2d;
import io.github.colonnade.Tensor;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The example of the documentation: finds edges in a folder of photographs. */
final class FilterPhotographs {
  private FilterPhotographs() {}

  static Dataset<Row> edges(SparkSession spark, String folder) {
    // @start region="photographs"
    Conv2d conv = Conv2d.builder(1, 2, 3, 3).padding(1).build();
    float[] sobel = {
      -1, 0, 1, -2, 0, 2, -1, 0, 1, // left to right
      -1, -2, -1, 0, 0, 0, 1, 2, 1, // top to bottom
    };
    ConvSpec edges = ConvSpec.of(conv, Tensor.of(sobel, 2, 1, 3, 3), null);

    Dataset<Row> photographs = spark.read().format("binaryFile").load(folder);
    RowOptions options = RowOptions.ofBatch(1).withErrorColumn("error");
    Dataset<Row> found =
        SparkConv.forward(photographs, edges, "content", "edges", options)
            .select("path", "edges.shape", "edges.values", "error");
    // @end
    return found;
  }
}
