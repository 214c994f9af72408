package io.github.colonnade;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;

/**
 * A dense array in off-heap memory: a shape, an element type and a {@link MemorySegment} in C
 * order.
 *
 * <p>A tensor owns nothing: the {@link Arena} that its segment came from decides how long it lives
 * and which threads may touch it. Activations are {@code [N, C, H, W]}, weights {@code [O, I, KH,
 * KW]}.
 */
public final class Tensor {
  private final MemorySegment segment;
  private final DType dtype;
  private final long[] shape;
  private final long elementCount;

  private Tensor(MemorySegment segment, DType dtype, long[] shape, long elementCount) {
    this.segment = segment;
    this.dtype = dtype;
    this.shape = shape;
    this.elementCount = elementCount;
  }

  /**
   * Allocates a tensor of zeros.
   *
   * @param arena owner of the memory
   * @param dtype element type
   * @param shape sizes, none negative; empty for a scalar
   * @return a tensor of {@code shape}, aligned to 64 bytes
   * @throws IllegalArgumentException if a size is negative or the byte count does not fit a long
   */
  public static Tensor allocate(Arena arena, DType dtype, long... shape) {
    Objects.requireNonNull(arena, "arena");
    Objects.requireNonNull(dtype, "dtype");
    long[] sizes = Objects.requireNonNull(shape, "shape").clone();
    long bytes = Shapes.byteSize("tensor", dtype, sizes);
    // An arena may be the caller's own class, so what it gives is checked like any other segment.
    return of(arena.allocate(bytes, 64), dtype, sizes);
  }

  /**
   * Views native memory as a tensor. Nothing is copied.
   *
   * @param segment off-heap memory of exactly the shape's byte count, aligned to the element size;
   *     a read-only segment makes a tensor that serves as an input only
   * @param dtype element type
   * @param shape sizes, none negative
   * @return a tensor over {@code segment}
   * @throws IllegalArgumentException if the segment is on the heap, misaligned or of another size
   */
  public static Tensor of(MemorySegment segment, DType dtype, long... shape) {
    Objects.requireNonNull(segment, "segment");
    Objects.requireNonNull(dtype, "dtype");
    long[] sizes = Objects.requireNonNull(shape, "shape").clone();
    long bytes = Shapes.byteSize("tensor", dtype, sizes);
    if (!segment.isNative()) {
      throw new IllegalArgumentException(
          "segment: is on the heap, must be native memory (allocate it from an Arena)");
    }
    if (segment.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "segment: is "
              + segment.byteSize()
              + " bytes, shape "
              + Arrays.toString(sizes)
              + " in "
              + dtype
              + " takes "
              + bytes);
    }
    if (segment.address() % dtype.byteSize() != 0) {
      throw new IllegalArgumentException(
          "segment: address 0x"
              + Long.toHexString(segment.address())
              + " must be a multiple of the element size "
              + dtype.byteSize());
    }
    return new Tensor(segment, dtype, sizes, bytes / dtype.byteSize());
  }

  /**
   * Copies values into a new {@link DType#F64} tensor.
   *
   * @param arena owner of the memory
   * @param values elements in C order
   * @param shape sizes whose product is {@code values.length}
   * @return a tensor of {@code shape}
   * @throws IllegalArgumentException if the shape's element count is not {@code values.length}
   */
  public static Tensor copyOf(Arena arena, double[] values, long... shape) {
    requireCount(Objects.requireNonNull(values, "values").length, shape);
    Tensor tensor = allocate(arena, DType.F64, shape);
    MemorySegment.copy(values, 0, tensor.segment, ValueLayout.JAVA_DOUBLE, 0, values.length);
    return tensor;
  }

  /**
   * Copies values into a new {@link DType#F32} tensor.
   *
   * @param arena owner of the memory
   * @param values elements in C order
   * @param shape sizes whose product is {@code values.length}
   * @return a tensor of {@code shape}
   * @throws IllegalArgumentException if the shape's element count is not {@code values.length}
   */
  public static Tensor copyOf(Arena arena, float[] values, long... shape) {
    requireCount(Objects.requireNonNull(values, "values").length, shape);
    Tensor tensor = allocate(arena, DType.F32, shape);
    MemorySegment.copy(values, 0, tensor.segment, ValueLayout.JAVA_FLOAT, 0, values.length);
    return tensor;
  }

  private static void requireCount(int length, long... shape) {
    long count = Shapes.elementCount("tensor", Objects.requireNonNull(shape, "shape"));
    if (count != length) {
      throw new IllegalArgumentException(
          "values: has "
              + length
              + " elements, shape "
              + Arrays.toString(shape)
              + " takes "
              + count);
    }
  }

  /** {@return the memory behind this tensor} */
  public MemorySegment segment() {
    return segment;
  }

  /** {@return the element type} */
  public DType dtype() {
    return dtype;
  }

  /** {@return a copy of the sizes} */
  public long[] shape() {
    return shape.clone();
  }

  /** {@return whether the sizes are these, without copying them} */
  boolean hasShape(long... expected) {
    return Arrays.equals(shape, expected);
  }

  /** {@return whether the sizes are another's, without copying them} */
  boolean hasShapeOf(Tensor other) {
    return Arrays.equals(shape, other.shape);
  }

  /** {@return the number of dimensions} */
  public int rank() {
    return shape.length;
  }

  /**
   * Returns the size of one dimension.
   *
   * @param dimension index of the dimension, from 0
   * @return the size
   * @throws IndexOutOfBoundsException if there is no such dimension
   */
  public long size(int dimension) {
    return shape[Objects.checkIndex(dimension, shape.length)];
  }

  /** {@return the number of elements} */
  public long elementCount() {
    return elementCount;
  }

  /** {@return the number of bytes} */
  public long byteSize() {
    return segment.byteSize();
  }

  /**
   * Views the same memory in another shape.
   *
   * @param newShape sizes with the same product
   * @return a tensor over the same segment
   * @throws IllegalArgumentException if the element counts differ
   */
  public Tensor reshape(long... newShape) {
    long[] sizes = Objects.requireNonNull(newShape, "newShape").clone();
    long count = Shapes.elementCount("reshape", sizes);
    if (count != elementCount) {
      throw new IllegalArgumentException(
          "reshape: shape "
              + Arrays.toString(sizes)
              + " has "
              + count
              + " elements, the tensor has "
              + elementCount);
    }
    return new Tensor(segment, dtype, sizes, elementCount);
  }

  /**
   * Reads one element.
   *
   * @param index position in C order
   * @return the element, converted to double
   * @throws IndexOutOfBoundsException if there is no such element
   */
  public double get(long index) {
    Objects.checkIndex(index, elementCount);
    return switch (dtype) {
      case F64 -> segment.getAtIndex(ValueLayout.JAVA_DOUBLE, index);
      case F32 -> segment.getAtIndex(ValueLayout.JAVA_FLOAT, index);
      case I64 -> segment.getAtIndex(ValueLayout.JAVA_LONG, index);
    };
  }

  /**
   * Writes one element, converted as a Java cast does: rounded to float, truncated to long.
   *
   * @param index position in C order
   * @param value the new value
   * @throws IndexOutOfBoundsException if there is no such element
   */
  public void set(long index, double value) {
    Objects.checkIndex(index, elementCount);
    switch (dtype) {
      case F64 -> segment.setAtIndex(ValueLayout.JAVA_DOUBLE, index, value);
      case F32 -> segment.setAtIndex(ValueLayout.JAVA_FLOAT, index, (float) value);
      case I64 -> segment.setAtIndex(ValueLayout.JAVA_LONG, index, (long) value);
    }
  }

  /**
   * Sets every element.
   *
   * @param value the new value, converted as in {@link #set}
   * @return this tensor
   */
  public Tensor fill(double value) {
    for (long i = 0; i < elementCount; i++) {
      set(i, value);
    }
    return this;
  }

  /**
   * Copies the elements out, converted to double.
   *
   * @return a new array in C order
   * @throws IllegalStateException if there are more elements than an array can hold
   */
  public double[] toDoubleArray() {
    double[] values = new double[arrayLength()];
    if (dtype == DType.F64) {
      MemorySegment.copy(segment, ValueLayout.JAVA_DOUBLE, 0, values, 0, values.length);
      return values;
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = get(i);
    }
    return values;
  }

  /**
   * Copies the elements out, rounded to float.
   *
   * @return a new array in C order
   * @throws IllegalStateException if there are more elements than an array can hold
   */
  public float[] toFloatArray() {
    float[] values = new float[arrayLength()];
    if (dtype == DType.F32) {
      MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT, 0, values, 0, values.length);
      return values;
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) get(i);
    }
    return values;
  }

  private int arrayLength() {
    if (elementCount > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException(
          "tensor: has " + elementCount + " elements, more than an array can hold");
    }
    return (int) elementCount;
  }

  /** {@return the type and the shape, such as {@code F64[1, 3, 224, 224]}} */
  @Override
  public String toString() {
    return dtype + Arrays.toString(shape);
  }
}
