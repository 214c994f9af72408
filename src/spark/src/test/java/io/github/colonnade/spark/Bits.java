package io.github.colonnade.spark;

import io.github.colonnade.Tensor;
import java.util.Arrays;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Tensors told by shape, the bits of all values, and some values for people. */
final class Bits {
  private Bits() {}

  static String of(Tensor tensor) {
    return text(tensor.shape(), tensor.toDoubleArray());
  }

  /** Returns the bits of a cell that holds a tensor. */
  static String of(Row cell) {
    return text(
        numbers(cell.getAs(Columns.SHAPE)).mapToLong(Number::longValue).toArray(),
        numbers(cell.getAs(Columns.VALUES)).mapToDouble(Number::doubleValue).toArray());
  }

  private static Stream<Number> numbers(Seq<Number> values) {
    return CollectionConverters.asJava(values).stream();
  }

  private static String text(long[] shape, double... values) {
    long bits = 0;
    for (double value : values) {
      bits = 31 * bits + Double.doubleToRawLongBits(value);
    }
    return "%s %016x %s"
        .formatted(Arrays.toString(shape), bits, Arrays.toString(Arrays.copyOf(values, 4)));
  }
}
