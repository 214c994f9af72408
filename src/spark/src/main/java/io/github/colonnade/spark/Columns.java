package io.github.colonnade.spark;

import io.github.colonnade.DType;
import java.util.Arrays;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Columns of a data set: found by name, and the type of those that hold tensors. */
final class Columns {
  static final String SHAPE = "shape";
  static final String VALUES = "values";

  private Columns() {}

  /** Returns a column's place, or throws what names the operand and the columns there are. */
  static int find(String operand, StructType schema, String name) {
    int index = indexOf(schema, name);
    if (index < 0) {
      throw new IllegalArgumentException(
          "%s: is '%s', must be one of the columns %s"
              .formatted(operand, name, String.join(", ", schema.fieldNames())));
    }
    return index;
  }

  /** Returns a column's place, or -1 if there is none of that name. */
  static int indexOf(StructType schema, String name) {
    return Arrays.asList(schema.fieldNames()).indexOf(name);
  }

  /** Returns a schema with a column more, or with another in the place of that of its name. */
  static StructType with(StructType schema, String name, DataType type) {
    int index = indexOf(schema, name);
    StructField field = DataTypes.createStructField(name, type, true);
    if (index < 0) {
      return schema.add(field);
    }
    StructField[] fields = schema.fields().clone();
    fields[index] = field;
    return new StructType(fields);
  }

  /** Returns the type of a cell that holds a tensor: its shape, and its values in C order. */
  static StructType tensor(DType dtype) {
    return new StructType(
        new StructField[] {
          field(SHAPE, DataTypes.LongType), field(VALUES, elementType(dtype)),
        });
  }

  private static StructField field(String name, DataType elements) {
    return DataTypes.createStructField(name, DataTypes.createArrayType(elements, false), false);
  }

  static DataType elementType(DType dtype) {
    return dtype == DType.F64 ? DataTypes.DoubleType : DataTypes.FloatType;
  }

  /** Returns the type of an array's elements, or null if a column is no array. */
  static DataType elementsOf(StructType struct, String name) {
    int index = indexOf(struct, name);
    return index >= 0 && struct.apply(index).dataType() instanceof ArrayType array
        ? array.elementType()
        : null;
  }
}
