package io.github.colonnade.spark;

import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Convolutions of the images in the rows of a data set, one image in each row.
 *
 * <p>An image is a picture, the bytes of a file in a binary column, as {@code
 * spark.read().format("binaryFile")} reads them; or a struct of {@code shape}, {@code
 * array<bigint>} of {@code [C, H, W]}, and {@code values}, an array in C order of {@code float} or
 * {@code double} as the weights are. Results are such structs, so that one operation can follow
 * another. A picture becomes as many channels as the convolution takes: grey, grey and opacity,
 * RGB, or RGB and opacity, from 0, black, to {@link RowOptions#white}.
 *
 * <p>A task computes on {@code spark.task.cpus} threads. Images and results of a batch lie outside
 * the heap while they are computed, in what Spark calls memory overhead.
 *
 * <p>The library has to reach the executors, by {@code spark.jars} or {@code
 * spark.executor.extraClassPath}, and so has OpenBLAS where the machines have none.
 */
public final class SparkConv {
  private SparkConv() {}

  /**
   * Convolves the images of a column; a row that fails fails the job.
   *
   * @param data any data set. Columns that are not needed later are better dropped first: all are
   *     copied.
   * @param conv the convolution with its weights
   * @param in the column of the images, of pictures or of arrays
   * @param out the column of the results, added or, if there is one of that name, replaced
   * @param batch the most rows that are computed at once, as {@link RowOptions#batch}
   * @return the rows in their order and partitions, with the results
   * @throws IllegalArgumentException naming the argument, if there is no such column, or none that
   *     holds what the convolution takes
   */
  public static Dataset<Row> forward(
      Dataset<Row> data, ConvSpec conv, String in, String out, int batch) {
    return forward(data, conv, in, out, RowOptions.ofBatch(batch));
  }

  /**
   * Convolves the images of a column.
   *
   * @param data any data set. Columns that are not needed later are better dropped first: all are
   *     copied.
   * @param conv the convolution with its weights
   * @param in the column of the images, of pictures or of arrays
   * @param out the column of the results, added or, if there is one of that name, replaced
   * @param options how rows are read, and what becomes of one that fails
   * @return the rows in their order and partitions, with the results
   * @throws IllegalArgumentException naming the argument, if there is no such column, or none that
   *     holds what the convolution takes
   */
  public static Dataset<Row> forward(
      Dataset<Row> data, ConvSpec conv, String in, String out, RowOptions options) {
    Objects.requireNonNull(conv, "conv");
    Objects.requireNonNull(out, "out");
    Objects.requireNonNull(options, "options");
    StructType schema = data.schema();
    ImageColumn images = ImageColumn.of("in", schema, in, conv, options);
    StructType result = Columns.with(schema, out, Columns.tensor(conv.dtype()));
    String error = options.errorColumn();
    if (error != null) {
      requireErrorColumn(error, result);
      result = Columns.with(result, error, DataTypes.StringType);
    }
    ForwardRows task =
        new ForwardRows(
            conv,
            RowReader.of(schema, options, images),
            result.length(),
            Columns.indexOf(result, out),
            error == null ? -1 : Columns.indexOf(result, error));
    return data.mapPartitions(task, Encoders.row(result));
  }

  private static void requireErrorColumn(String name, StructType result) {
    int there = Columns.indexOf(result, name);
    if (there >= 0 && !result.apply(there).dataType().equals(DataTypes.StringType)) {
      throw new IllegalArgumentException(
          "errorColumn: '%s' is a column of %s, must be a new one or of string"
              .formatted(name, result.apply(there).dataType().catalogString()));
    }
  }

  /**
   * Sums the gradients of weights and bias over all rows: a step of data-parallel training. A row
   * that fails fails the job.
   *
   * @param data any data set of at least one row
   * @param conv the convolution with its weights
   * @param in the column of the images, of pictures or of arrays
   * @param gradOutput the column of the gradients with respect to the outputs, of arrays {@code [O,
   *     OH, OW]}
   * @param batch the most rows that are computed at once, as {@link RowOptions#batch}
   * @return the sums
   * @throws IllegalArgumentException naming the argument, if there is no such column, or none that
   *     holds what the convolution takes, or if there are no rows
   */
  public static Gradients gradients(
      Dataset<Row> data, ConvSpec conv, String in, String gradOutput, int batch) {
    return gradients(data, conv, in, gradOutput, RowOptions.ofBatch(batch));
  }

  /**
   * Sums the gradients of weights and bias over all rows: a step of data-parallel training.
   *
   * <p>The gradients of a partition's batches are added in their order, and the sums of the
   * partitions in theirs, on the driver, all in double precision; then they are rounded to the type
   * of the weights. So the same data in the same partitions and order has the same bits on any
   * number of executors of one kind of processor. What Spark reads or shuffles has not always the
   * same order; {@code data.repartition(n, col("path")).sortWithinPartitions("path")} has, for any
   * column whose values are unique.
   *
   * <p>The driver gets a sum from each partition that has rows, 8 bytes a weight, for which {@code
   * spark.driver.maxResultSize} has to leave room.
   *
   * @param data any data set of at least one row
   * @param conv the convolution with its weights; if its options have an activation, gradients are
   *     taken back through it
   * @param in the column of the images, of pictures or of arrays
   * @param gradOutput the column of the gradients with respect to the outputs, of arrays {@code [O,
   *     OH, OW]}
   * @param options how rows are read; without an error column, as the gradients of some rows are
   *     not those of all
   * @return the sums
   * @throws IllegalArgumentException naming the argument, if there is no such column, or none that
   *     holds what the convolution takes, if there is an error column, or if there are no rows
   */
  public static Gradients gradients(
      Dataset<Row> data, ConvSpec conv, String in, String gradOutput, RowOptions options) {
    Objects.requireNonNull(conv, "conv");
    Objects.requireNonNull(options, "options");
    StructType schema = data.schema();
    if (options.errorColumn() != null) {
      throw new IllegalArgumentException(
          "errorColumn: is '"
              + options.errorColumn()
              + "', must be null: the gradients of some rows are not those of all");
    }
    RowReader reader =
        RowReader.of(
            schema,
            options,
            ImageColumn.of("in", schema, in, conv, options),
            ArrayColumn.of("gradOutput", schema, gradOutput, conv.dtype()));
    List<GradientSum> sums = data.javaRDD().mapPartitions(new GradientRows(conv, reader)).collect();
    if (sums.isEmpty()) {
      throw new IllegalArgumentException("data: has no rows, must have at least one");
    }
    GradientSum all = new GradientSum(conv);
    sums.forEach(all::add);
    return all.round(conv);
  }
}
