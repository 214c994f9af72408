package io.github.colonnade;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Array;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * A dense array: a shape, an element type and a {@link MemorySegment} in C order, in native memory
 * or on the Java heap.
 *
 * <p>A tensor owns nothing: the {@link Arena} that its segment came from decides how long it lives
 * and which threads may touch it. Activations are {@code [N, C, H, W]}, weights {@code [O, I, KH,
 * KW]}.
 *
 * <p>Every operator takes tensors on the heap, such as {@link #of(double[], long...)} makes, in any
 * place, with the same bits. It computes with copies in native memory: what it reads is copied
 * before, what it writes afterwards, and if it throws, nothing on the heap has changed. So a call
 * takes as long as it takes to copy those operands, and as many bytes of the library's scratch
 * memory as they have; these count neither in {@link ConvPlan#workspaceBytes} nor under {@link
 * PlanOptions#maxWorkspaceBytes}. What is used often is faster in native memory, where nothing is
 * copied.
 */
public final class Tensor {
  private static final String SEGMENT = "segment";
  private static final String BUFFER = "buffer";
  private static final String VALUES = "values";
  private static final String TENSOR = "tensor";

  private final MemorySegment segment;
  private final DType dtype;
  private final long[] shape;
  private final long elementCount;
  private final boolean onHeap;

  private Tensor(MemorySegment segment, DType dtype, long[] shape, long elementCount) {
    this.segment = segment;
    this.dtype = dtype;
    this.shape = shape;
    this.elementCount = elementCount;
    this.onHeap = !segment.isNative();
  }

  /**
   * Allocates a tensor of zeros in native memory.
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
    long bytes = Shapes.byteSize(TENSOR, dtype, sizes);
    // An arena may be the caller's own class, so what it gives is checked like any other segment.
    MemorySegment segment = arena.allocate(bytes, 64);
    if (!segment.isNative()) {
      throw new IllegalArgumentException(
          "segment: is on the heap, must be native memory (allocate it from an Arena)");
    }
    return of(segment, dtype, sizes);
  }

  /**
   * Views an array as a {@link DType#F64} tensor. Nothing is copied; operators copy it at each
   * call.
   *
   * @param values elements in C order; the tensor sees later changes, and the array the tensor's
   * @param shape sizes whose product is {@code values.length}
   * @return a tensor over {@code values}
   * @throws IllegalArgumentException if the shape's element count is not {@code values.length}
   */
  public static Tensor of(double[] values, long... shape) {
    return of(MemorySegment.ofArray(requireCount(values, shape)), DType.F64, shape);
  }

  /**
   * Views an array as a {@link DType#F32} tensor, as {@link #of(double[], long...)} does.
   *
   * @param values elements in C order
   * @param shape sizes whose product is {@code values.length}
   * @return a tensor over {@code values}
   * @throws IllegalArgumentException if the shape's element count is not {@code values.length}
   */
  public static Tensor of(float[] values, long... shape) {
    return of(MemorySegment.ofArray(requireCount(values, shape)), DType.F32, shape);
  }

  /**
   * Views an array as a {@link DType#I64} tensor, as {@link #of(double[], long...)} does: the
   * indices of a pool.
   *
   * @param values elements in C order
   * @param shape sizes whose product is {@code values.length}
   * @return a tensor over {@code values}
   * @throws IllegalArgumentException if the shape's element count is not {@code values.length}
   */
  public static Tensor of(long[] values, long... shape) {
    return of(MemorySegment.ofArray(requireCount(values, shape)), DType.I64, shape);
  }

  /**
   * Views what is between a buffer's position and its limit as an {@link DType#F64} tensor. Nothing
   * is copied.
   *
   * @param buffer elements in C order and native byte order, direct or on the heap; a read-only one
   *     makes a tensor that serves as an input only. Later changes of its position do not matter.
   * @param shape sizes whose product is {@code buffer.remaining()}
   * @return a tensor over the buffer's memory, which stays as long as the tensor does
   * @throws IllegalArgumentException if the buffer is in another byte order, has another number of
   *     elements, or is misaligned
   */
  public static Tensor of(DoubleBuffer buffer, long... shape) {
    return ofBuffer(buffer, Objects.requireNonNull(buffer, BUFFER).order(), DType.F64, shape);
  }

  /**
   * Views what is between a buffer's position and its limit as an {@link DType#F32} tensor, as
   * {@link #of(DoubleBuffer, long...)} does.
   *
   * @param buffer elements in C order and native byte order
   * @param shape sizes whose product is {@code buffer.remaining()}
   * @return a tensor over the buffer's memory
   * @throws IllegalArgumentException if the buffer is in another byte order, has another number of
   *     elements, or is misaligned
   */
  public static Tensor of(FloatBuffer buffer, long... shape) {
    return ofBuffer(buffer, Objects.requireNonNull(buffer, BUFFER).order(), DType.F32, shape);
  }

  /**
   * Views what is between a buffer's position and its limit as an {@link DType#I64} tensor, as
   * {@link #of(DoubleBuffer, long...)} does.
   *
   * @param buffer elements in C order and native byte order
   * @param shape sizes whose product is {@code buffer.remaining()}
   * @return a tensor over the buffer's memory
   * @throws IllegalArgumentException if the buffer is in another byte order, has another number of
   *     elements, or is misaligned
   */
  public static Tensor of(LongBuffer buffer, long... shape) {
    return ofBuffer(buffer, Objects.requireNonNull(buffer, BUFFER).order(), DType.I64, shape);
  }

  /**
   * Views what is between a buffer's position and its limit as a tensor, as {@link
   * #of(DoubleBuffer, long...)} does.
   *
   * @param buffer a direct buffer in native byte order, which is seldom the one that a buffer has
   *     at first: {@code buffer.order(ByteOrder.nativeOrder())}
   * @param dtype element type
   * @param shape sizes that take {@code buffer.remaining()} bytes
   * @return a tensor over the buffer's memory
   * @throws IllegalArgumentException if the buffer is in another byte order, has another number of
   *     bytes, or is misaligned, as all are that lie in a {@code byte[]}
   */
  public static Tensor of(ByteBuffer buffer, DType dtype, long... shape) {
    Objects.requireNonNull(dtype, "dtype");
    return ofBuffer(buffer, Objects.requireNonNull(buffer, BUFFER).order(), dtype, shape);
  }

  private static Tensor ofBuffer(Buffer buffer, ByteOrder order, DType dtype, long... shape) {
    if (order != ByteOrder.nativeOrder()) {
      throw new IllegalArgumentException(
          "buffer: is "
              + order
              + ", must be "
              + ByteOrder.nativeOrder()
              + ": ByteBuffer.order(ByteOrder.nativeOrder()) sets it");
    }
    return view(BUFFER, MemorySegment.ofBuffer(buffer), dtype, shape);
  }

  /**
   * Views memory as a tensor. Nothing is copied.
   *
   * @param segment memory of exactly the shape's byte count, aligned to the element size: native,
   *     or on the heap in an array whose elements are as wide; a read-only segment makes a tensor
   *     that serves as an input only
   * @param dtype element type
   * @param shape sizes, none negative
   * @return a tensor over {@code segment}
   * @throws IllegalArgumentException if the segment is misaligned or of another size
   */
  public static Tensor of(MemorySegment segment, DType dtype, long... shape) {
    Objects.requireNonNull(segment, SEGMENT);
    Objects.requireNonNull(dtype, "dtype");
    return view(SEGMENT, segment, dtype, shape);
  }

  private static Tensor view(String operand, MemorySegment segment, DType dtype, long... shape) {
    long[] sizes = Objects.requireNonNull(shape, "shape").clone();
    long bytes = Shapes.byteSize(TENSOR, dtype, sizes);
    if (segment.byteSize() != bytes) {
      throw new IllegalArgumentException(
          operand
              + ": is "
              + segment.byteSize()
              + " bytes, shape "
              + Arrays.toString(sizes)
              + " in "
              + dtype
              + " takes "
              + bytes);
    }
    if (!segment.isNative() && segment.maxByteAlignment() < dtype.byteSize()) {
      throw new IllegalArgumentException(
          operand
              + ": is aligned to "
              + segment.maxByteAlignment()
              + " on the heap, must be to the element size "
              + dtype.byteSize()
              + ": copy it to an array of elements that wide, or to native memory");
    }
    if (segment.address() % dtype.byteSize() != 0) {
      throw new IllegalArgumentException(
          operand
              + ": address 0x"
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
    return copyOf(arena, DType.F64, values, shape);
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
    return copyOf(arena, DType.F32, values, shape);
  }

  /**
   * Copies values into a new {@link DType#I64} tensor.
   *
   * @param arena owner of the memory
   * @param values elements in C order
   * @param shape sizes whose product is {@code values.length}
   * @return a tensor of {@code shape}
   * @throws IllegalArgumentException if the shape's element count is not {@code values.length}
   */
  public static Tensor copyOf(Arena arena, long[] values, long... shape) {
    return copyOf(arena, DType.I64, values, shape);
  }

  /**
   * Copies values into a new tensor of any type.
   *
   * @param arena owner of the memory
   * @param dtype element type, to which values are converted as in {@link #set(long, double)}
   * @param values elements in C order
   * @param shape sizes whose product is {@code values.length}
   * @return a tensor of {@code shape}
   * @throws IllegalArgumentException if the shape's element count is not {@code values.length}
   */
  public static Tensor copyOf(Arena arena, DType dtype, double[] values, long... shape) {
    return copyOf(arena, dtype, of(values, shape));
  }

  /**
   * Copies values into a new tensor of any type.
   *
   * @param arena owner of the memory
   * @param dtype element type, to which values are converted as in {@link #set(long, double)}
   * @param values elements in C order
   * @param shape sizes whose product is {@code values.length}
   * @return a tensor of {@code shape}
   * @throws IllegalArgumentException if the shape's element count is not {@code values.length}
   */
  public static Tensor copyOf(Arena arena, DType dtype, float[] values, long... shape) {
    return copyOf(arena, dtype, of(values, shape));
  }

  /**
   * Copies values into a new tensor of any type.
   *
   * @param arena owner of the memory
   * @param dtype element type, to which values are converted as in {@link #set(long, double)}
   * @param values elements in C order
   * @param shape sizes whose product is {@code values.length}
   * @return a tensor of {@code shape}
   * @throws IllegalArgumentException if the shape's element count is not {@code values.length}
   */
  public static Tensor copyOf(Arena arena, DType dtype, long[] values, long... shape) {
    return copyOf(arena, dtype, of(values, shape));
  }

  private static Tensor copyOf(Arena arena, DType dtype, Tensor values) {
    return allocate(arena, dtype, values.shape).copy(VALUES, values);
  }

  /** Checks that a primitive array has as many elements as a shape, and returns it. */
  private static <A> A requireCount(A values, long... shape) {
    int length = Array.getLength(Objects.requireNonNull(values, VALUES));
    long count = Shapes.elementCount(TENSOR, Objects.requireNonNull(shape, "shape"));
    if (count != length) {
      throw new IllegalArgumentException(
          "values: has "
              + length
              + " elements, shape "
              + Arrays.toString(shape)
              + " takes "
              + count);
    }
    return values;
  }

  /** {@return whether its memory is on the Java heap, so that operators copy it} */
  public boolean isOnHeap() {
    return onHeap;
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
   * Views some of the first dimension's entries, such as the images of a mini-batch: {@code [N, …]
   * → [to − from, …]}. Nothing is copied.
   *
   * @param from the first entry
   * @param to one more than the last entry
   * @return a tensor over part of the same memory
   * @throws IndexOutOfBoundsException if not {@code 0 ≤ from ≤ to ≤ N}
   * @throws IllegalArgumentException if the tensor has no dimension
   */
  public Tensor slice(long from, long to) {
    if (shape.length == 0) {
      throw new IllegalArgumentException("slice: the tensor has no dimension, must have one");
    }
    if (from < 0 || from > to || to > shape[0]) {
      throw new IndexOutOfBoundsException(
          "slice: is from " + from + " to before " + to + ", must be within 0 and " + shape[0]);
    }
    long[] sizes = shape.clone();
    sizes[0] = to - from;
    long entry = shape[0] == 0 ? 0 : elementCount / shape[0];
    long entryBytes = entry * dtype.byteSize();
    MemorySegment part = segment.asSlice(from * entryBytes, sizes[0] * entryBytes);
    return new Tensor(part, dtype, sizes, sizes[0] * entry);
  }

  /**
   * Reads one element by its position, whatever the number of dimensions.
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
   * Reads one element by its index in each dimension.
   *
   * @param index as many as there are dimensions. In a call, a single one is a {@linkplain
   *     #get(long) position}, which is the same where there is one dimension.
   * @return the element, converted to double
   * @throws IllegalArgumentException if there are more or fewer dimensions
   * @throws IndexOutOfBoundsException if an index is outside its dimension
   */
  public double get(long... index) {
    return get(position(index));
  }

  /**
   * Writes one element by its position, whatever the number of dimensions. It is converted as a
   * Java cast does: rounded to float, truncated to long.
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
   * Writes one element by its index in each dimension.
   *
   * @param index as many as there are dimensions
   * @param value the new value, converted as in {@link #set(long, double)}
   * @throws IllegalArgumentException if there are more or fewer dimensions
   * @throws IndexOutOfBoundsException if an index is outside its dimension
   */
  public void set(long[] index, double value) {
    set(position(index), value);
  }

  private long position(long... index) {
    if (Objects.requireNonNull(index, "index").length != shape.length) {
      throw new IllegalArgumentException(
          "index: is " + Arrays.toString(index) + ", the tensor has rank " + shape.length);
    }
    long position = 0;
    for (int dimension = 0; dimension < shape.length; dimension++) {
      if (index[dimension] < 0 || index[dimension] >= shape[dimension]) {
        throw new IndexOutOfBoundsException(
            "index: is " + Arrays.toString(index) + ", the shape is " + Arrays.toString(shape));
      }
      position = position * shape[dimension] + index[dimension];
    }
    return position;
  }

  /**
   * Sets every element.
   *
   * @param value the new value, converted as in {@link #set(long, double)}
   * @return this tensor
   */
  public Tensor fill(double value) {
    if (elementCount > 0) {
      set(0, value);
      ElementType width = dtype == DType.F32 ? ElementType.F32 : ElementType.F64;
      Elements.repeat(width, segment, 0, segment, 0, elementCount);
    }
    return this;
  }

  /**
   * Copies all elements of another tensor into this one, converted as in {@link #set(long, double)}
   * where the types differ.
   *
   * @param source of the same shape and any type. Not modified, unless it overlaps: that it may if
   *     the types are the same, and this tensor then has what the source had.
   * @return this tensor
   * @throws IllegalArgumentException if the shapes differ, this tensor is read-only, or the memory
   *     of two types overlaps
   * @throws IllegalStateException if an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   */
  public Tensor copyFrom(Tensor source) {
    if (!Objects.requireNonNull(source, "source").hasShape(shape)) {
      throw Operands.wrongShape("source", source.shape, Arrays.toString(shape));
    }
    return copy("source", source);
  }

  /**
   * Copies values into this tensor, converted as in {@link #set(long, double)}.
   *
   * @param values as many elements as the tensor has, in C order. Not modified.
   * @return this tensor
   * @throws IllegalArgumentException if there are more or fewer values, or the tensor is read-only
   */
  public Tensor copyFrom(double[] values) {
    return copy(VALUES, of(values, shape));
  }

  /**
   * Copies values into this tensor, as {@link #copyFrom(double[])} does.
   *
   * @param values as many elements as the tensor has, in C order. Not modified.
   * @return this tensor
   * @throws IllegalArgumentException if there are more or fewer values, or the tensor is read-only
   */
  public Tensor copyFrom(float[] values) {
    return copy(VALUES, of(values, shape));
  }

  /**
   * Copies values into this tensor, as {@link #copyFrom(double[])} does.
   *
   * @param values as many elements as the tensor has, in C order. Not modified.
   * @return this tensor
   * @throws IllegalArgumentException if there are more or fewer values, or the tensor is read-only
   */
  public Tensor copyFrom(long[] values) {
    return copy(VALUES, of(values, shape));
  }

  /** Copies a tensor that has as many elements. */
  private Tensor copy(String operand, Tensor source) {
    Operands.requireReadable(operand, source);
    Operands.requireWritable(TENSOR, this);
    if (dtype != source.dtype) {
      Operands.requireDisjoint(TENSOR, this, operand, source);
    }
    Conversion.copy(source.segment, source.dtype, segment, dtype, elementCount);
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
    copyTo(MemorySegment.ofArray(values), DType.F64);
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
    copyTo(MemorySegment.ofArray(values), DType.F32);
    return values;
  }

  /**
   * Copies the elements out, truncated to long.
   *
   * @return a new array in C order
   * @throws IllegalStateException if there are more elements than an array can hold
   */
  public long[] toLongArray() {
    long[] values = new long[arrayLength()];
    copyTo(MemorySegment.ofArray(values), DType.I64);
    return values;
  }

  private void copyTo(MemorySegment array, DType type) {
    Conversion.copy(segment, dtype, array, type, elementCount);
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
