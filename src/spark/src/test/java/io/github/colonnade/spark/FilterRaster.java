package io.github.colonnade.spark;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The example of the documentation: a raster, tile by tile. */
final class FilterRaster {
  private FilterRaster() {}

  static Dataset<Row> convolve(SparkSession spark, String raster, ConvSpec conv)
      throws IOException {
    // @start region="raster"
    Dataset<Row> tiles = SparkTiles.split(spark, Path.of(raster), conv, 1024, 200);
    Dataset<Row> convolved = SparkTiles.forward(tiles, conv, "y"); // path, top, left, y
    // @end
    return convolved;
  }
}
