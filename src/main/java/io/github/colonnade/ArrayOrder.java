package io.github.colonnade;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Brings the elements of an array into the order that tensors have them in. */
final class ArrayOrder {
  private static final int BLOCK = 32;

  private ArrayOrder() {}

  /**
   * Copies an array from Fortran order to C order.
   *
   * @param from elements, the first axis contiguous. Not modified.
   * @param to elements, the last axis contiguous. Overwritten; must not overlap {@code from}.
   * @param elementBytes 4 or 8
   * @param shape two sizes or more, none 0
   */
  static void transpose(MemorySegment from, MemorySegment to, long elementBytes, long... shape) {
    int last = shape.length - 1;
    long[] fromStrides = new long[shape.length];
    long[] toStrides = new long[shape.length];
    fromStrides[0] = 1;
    toStrides[last] = 1;
    for (int axis = 1; axis <= last; axis++) {
      fromStrides[axis] = fromStrides[axis - 1] * shape[axis - 1];
      toStrides[last - axis] = toStrides[last - axis + 1] * shape[last - axis + 1];
    }
    // An odometer over the axes between the first and the last; each of its states is one plane.
    long[] index = new long[shape.length];
    long fromPlane = 0;
    long toPlane = 0;
    int axis;
    do {
      transposePlane(
          from.asSlice(fromPlane * elementBytes),
          fromStrides[last],
          to.asSlice(toPlane * elementBytes),
          toStrides[0],
          elementBytes,
          shape[0],
          shape[last]);
      for (axis = last - 1; axis > 0; axis--) {
        index[axis]++;
        fromPlane += fromStrides[axis];
        toPlane += toStrides[axis];
        if (index[axis] < shape[axis]) {
          break;
        }
        index[axis] = 0;
        fromPlane -= fromStrides[axis] * shape[axis];
        toPlane -= toStrides[axis] * shape[axis];
      }
    } while (axis > 0);
  }

  // In blocks, so that the cache lines of both sides are used whole before they are evicted.
  private static void transposePlane(
      MemorySegment from,
      long fromStride,
      MemorySegment to,
      long toStride,
      long elementBytes,
      long rows,
      long columns) {
    for (long row0 = 0; row0 < rows; row0 += BLOCK) {
      long rowEnd = Math.min(row0 + BLOCK, rows);
      for (long column0 = 0; column0 < columns; column0 += BLOCK) {
        long columnEnd = Math.min(column0 + BLOCK, columns);
        for (long row = row0; row < rowEnd; row++) {
          if (elementBytes == Long.BYTES) {
            for (long column = column0; column < columnEnd; column++) {
              long bits = from.getAtIndex(ValueLayout.JAVA_LONG, row + column * fromStride);
              to.setAtIndex(ValueLayout.JAVA_LONG, row * toStride + column, bits);
            }
          } else {
            for (long column = column0; column < columnEnd; column++) {
              int bits = from.getAtIndex(ValueLayout.JAVA_INT, row + column * fromStride);
              to.setAtIndex(ValueLayout.JAVA_INT, row * toStride + column, bits);
            }
          }
        }
      }
    }
  }

  /** Turns the bytes of every element round. */
  static void swapBytes(MemorySegment segment, long elementBytes) {
    long count = segment.byteSize() / elementBytes;
    if (elementBytes == Long.BYTES) {
      for (long i = 0; i < count; i++) {
        long bits = segment.getAtIndex(ValueLayout.JAVA_LONG, i);
        segment.setAtIndex(ValueLayout.JAVA_LONG, i, Long.reverseBytes(bits));
      }
    } else {
      for (long i = 0; i < count; i++) {
        int bits = segment.getAtIndex(ValueLayout.JAVA_INT, i);
        segment.setAtIndex(ValueLayout.JAVA_INT, i, Integer.reverseBytes(bits));
      }
    }
  }
}
