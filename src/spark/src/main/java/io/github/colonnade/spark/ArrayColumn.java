package io.github.colonnade.spark;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.util.Arrays;
import java.util.Objects;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.collection.Iterator;
import scala.collection.Seq;

/**
 * Arrays with their shapes. Spark hands them over as sequences of objects; where one operation
 * follows another it may hand over what that one made, arrays of numbers.
 *
 * @param index its place in a row
 * @param shape the place of the shape in the cell
 * @param values the place of the values in the cell
 */
record ArrayColumn(int index, String name, int shape, int values, DType dtype)
    implements ImageColumn {
  private static final int IMAGE_RANK = 3;

  /**
   * Finds a column.
   *
   * @throws IllegalArgumentException naming the operand, if there is no such column or it holds
   *     something else
   */
  static ArrayColumn of(String operand, StructType schema, String name, DType dtype) {
    int index = Columns.find(operand, schema, name);
    DataType type = schema.apply(index).dataType();
    if (type instanceof StructType struct) {
      DataType sizes = Columns.elementsOf(struct, Columns.SHAPE);
      if ((DataTypes.LongType.equals(sizes) || DataTypes.IntegerType.equals(sizes))
          && Columns.elementType(dtype).equals(Columns.elementsOf(struct, Columns.VALUES))) {
        return new ArrayColumn(
            index,
            name,
            Columns.indexOf(struct, Columns.SHAPE),
            Columns.indexOf(struct, Columns.VALUES),
            dtype);
      }
    }
    throw new IllegalArgumentException(
        "%s: column '%s' is %s, must be %s as the weights are %s"
            .formatted(
                operand, name, type.catalogString(), Columns.tensor(dtype).catalogString(), dtype));
  }

  @Override
  public Tensor read(Row row, String rowName) {
    Row cell = row.getStruct(index);
    long[] sizes = sizes(cell.get(shape));
    Object elements = cell.get(values);
    long count = count(sizes);
    long given = length(elements);
    if (given != count) {
      throw wrong(
          "%s for the shape %s, must be %d"
              .formatted(
                  given < 0 ? "values are null" : "has " + given + " values",
                  Arrays.toString(sizes),
                  count));
    }
    return dtype == DType.F64
        ? Tensor.of(doubles(elements), sizes)
        : Tensor.of(floats(elements), sizes);
  }

  /** Returns how many elements an array has, or -1 for null. */
  private static long length(Object array) {
    return switch (array) {
      case null -> -1;
      case long[] own -> own.length;
      case double[] own -> own.length;
      case float[] own -> own.length;
      case Seq<?> seq -> seq.length();
      default -> throw new IllegalStateException("an array as " + array.getClass());
    };
  }

  private long[] sizes(Object given) {
    if (length(given) != IMAGE_RANK || (given instanceof Seq<?> seq && hasNull(seq))) {
      throw wrong("shape is " + text(given) + ", must be [C, H, W]");
    }
    if (given instanceof long[] own) {
      return own;
    }
    long[] sizes = new long[IMAGE_RANK];
    Iterator<?> each = ((Seq<?>) given).iterator();
    for (int i = 0; i < IMAGE_RANK; i++) {
      sizes[i] = ((Number) each.next()).longValue();
      if (sizes[i] < 0) {
        throw wrong("shape is " + text(given) + ", must not be negative");
      }
    }
    return sizes;
  }

  private static boolean hasNull(Seq<?> values) {
    return values.exists(Objects::isNull);
  }

  private static String text(Object sizes) {
    return sizes instanceof Seq<?> seq ? seq.mkString("[", ", ", "]") : Objects.toString(sizes);
  }

  private long count(long... sizes) {
    try {
      return Math.multiplyExact(Math.multiplyExact(sizes[0], sizes[1]), sizes[2]);
    } catch (ArithmeticException tooMany) {
      throw wrong("shape is " + Arrays.toString(sizes) + ", whose elements do not fit a long");
    }
  }

  private double[] doubles(Object elements) {
    if (elements instanceof double[] own) {
      return own;
    }
    Seq<?> seq = (Seq<?>) elements;
    double[] result = new double[seq.length()];
    Iterator<?> each = seq.iterator();
    for (int i = 0; i < result.length; i++) {
      result[i] = requireValue((Double) each.next(), i);
    }
    return result;
  }

  private float[] floats(Object elements) {
    if (elements instanceof float[] own) {
      return own;
    }
    Seq<?> seq = (Seq<?>) elements;
    float[] result = new float[seq.length()];
    Iterator<?> each = seq.iterator();
    for (int i = 0; i < result.length; i++) {
      result[i] = requireValue((Float) each.next(), i);
    }
    return result;
  }

  private <T> T requireValue(T value, int place) {
    if (value == null) {
      throw wrong("value " + place + " is null");
    }
    return value;
  }

  private IllegalArgumentException wrong(String reason) {
    return new IllegalArgumentException("column '" + name + "': " + reason);
  }
}
