package io.github.colonnade.image;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Runs of elements of a tensor to arrays and back, whatever its type and its memory. */
final class PlaneRows {
  private PlaneRows() {}

  /**
   * Copies elements out.
   *
   * @param from index of the first
   * @param values as many as are copied. Overwritten.
   * @param floats scratch of that length for F32, else of any
   */
  static void read(Tensor tensor, long from, double[] values, float[] floats) {
    MemorySegment segment = tensor.segment();
    long at = from * tensor.dtype().byteSize();
    if (tensor.dtype() == DType.F64) {
      MemorySegment.copy(segment, ValueLayout.JAVA_DOUBLE, at, values, 0, values.length);
      return;
    }
    MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT, at, floats, 0, values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] = floats[i];
    }
  }

  /** As {@link #read}, the other way, rounded to float for F32. */
  static void write(Tensor tensor, long from, double[] values, float[] floats) {
    MemorySegment segment = tensor.segment();
    long at = from * tensor.dtype().byteSize();
    if (tensor.dtype() == DType.F64) {
      MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_DOUBLE, at, values.length);
      return;
    }
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    MemorySegment.copy(floats, 0, segment, ValueLayout.JAVA_FLOAT, at, values.length);
  }
}
