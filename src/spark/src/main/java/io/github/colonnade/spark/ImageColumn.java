package io.github.colonnade.spark;

import io.github.colonnade.Tensor;
import java.io.IOException;
import java.io.Serializable;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.StructType;

/** A column that holds an image in each row. */
sealed interface ImageColumn extends Serializable permits PictureColumn, ArrayColumn {
  /** Returns its place in a row. */
  int index();

  /** Returns its name. */
  String name();

  /**
   * Returns the image of a row whose cell is not null, {@code [C, H, W]} on the heap.
   *
   * @param rowName what messages call the row
   * @throws IOException if it is a picture that cannot be read; the row's name comes first
   * @throws IllegalArgumentException naming the column, if the arrays are no image
   */
  Tensor read(Row row, String rowName) throws IOException;

  /**
   * Finds a column of pictures or of arrays for a convolution to read.
   *
   * @throws IllegalArgumentException naming the operand, if there is no such column, it holds
   *     neither, or nothing that the weights fit
   */
  static ImageColumn of(
      String operand, StructType schema, String name, ConvSpec conv, RowOptions options) {
    int index = Columns.find(operand, schema, name);
    return schema.apply(index).dataType() instanceof BinaryType
        ? PictureColumn.of(operand, index, name, conv, options)
        : ArrayColumn.of(operand, schema, name, conv.dtype());
  }
}
