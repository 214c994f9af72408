package io.github.colonnade;

import io.github.colonnade.internal.border.SeparableFilter;
import io.github.colonnade.internal.border.SeparableGeometry;
import io.github.colonnade.internal.border.SeparableTaps;
import io.github.colonnade.internal.conv.Kernels;
import io.github.colonnade.internal.memory.ElementType;
import java.io.ObjectStreamException;
import java.io.Serial;
import java.lang.foreign.Arena;
import java.util.Objects;

/**
 * A separable filter of planes, {@code [..., H, W] → [..., H, W]}: of any number of planes, such as
 * {@code [N, C, H, W]}, each on its own.
 *
 * <p>{@code y[h, w] = Σ vertical[i] · (Σ horizontal[j] · x[h − ⌊KH/2⌋ + i, w − ⌊KW/2⌋ + j])}, a
 * cross-correlation, where the plane goes on beyond its sides as {@link Pad2d.Mode} says, as far as
 * the kernel reaches: unlike {@link Pad2d} it is mirrored and repeated as often as it takes. Both
 * sums begin with the first tap's product and go on tap by tap, rounded in the element type each
 * time, so results have the same bits with either kind of kernels.
 *
 * <p>Rows and columns are summed in one pass over strips that stay in the cache; the plane is never
 * copied. A thread computes in at most {@code KH + 17} rows of 512 elements or, where there are few
 * taps, of more. Where {@link java.lang.foreign.MemorySegment} maps a file ({@link Npy#map}),
 * planes may be larger than memory, and {@link #forwardRows} computes them part by part.
 *
 * <p>SciPy's {@code scipy.ndimage} calls {@link Pad2d.Mode#REFLECT} mirror, {@link
 * Pad2d.Mode#SYMMETRIC} reflect, {@link Pad2d.Mode#REPLICATE} nearest and {@link
 * Pad2d.Mode#CIRCULAR} wrap; OpenCV calls them {@code BORDER_REFLECT_101}, {@code BORDER_REFLECT},
 * {@code BORDER_REPLICATE} and {@code BORDER_WRAP}. Beyond the corners a constant border is
 * constant as well.
 *
 * <p>Immutable and safe to share between threads.
 */
public final class SeparableFilter2d extends Specification {
  @Serial private static final long serialVersionUID = 1;

  private final SeparableKernel kernel;
  private final transient SeparableTaps taps;
  private final Pad2d.Mode border;
  private final double value;
  private final boolean valid;
  private final int threads;

  private SeparableFilter2d(Builder builder) {
    this.kernel = builder.kernel;
    this.taps = new SeparableTaps(kernel.vertical(), kernel.horizontal());
    this.border = builder.border;
    this.value = builder.value;
    this.valid = builder.valid;
    this.threads = builder.threads;
  }

  /**
   * Starts a filter whose planes are mirrored at their edge pixels, {@link Pad2d.Mode#REFLECT}.
   *
   * @param kernel what slides over the planes; its anchor is tap {@code ⌊KH/2⌋, ⌊KW/2⌋}
   * @return a builder
   */
  public static Builder builder(SeparableKernel kernel) {
    return new Builder(kernel);
  }

  /**
   * As {@link #builder(SeparableKernel)}, of any taps.
   *
   * @param vertical KH taps along a column. Not modified.
   * @param horizontal KW taps along a row. Not modified.
   * @return a builder
   * @throws IllegalArgumentException if there is none, more than 2^24, or one that is not finite
   */
  public static Builder builder(double[] vertical, double[] horizontal) {
    return new Builder(SeparableKernel.of(vertical, horizontal));
  }

  private record Told(
      SeparableKernel kernel, Pad2d.Mode border, double value, boolean valid, int threads)
      implements Form {

    private SeparableFilter2d build() {
      Builder told = builder(kernel).threads(threads);
      if (valid) {
        told.valid();
      } else if (border == Pad2d.Mode.CONSTANT) {
        told.constantBorder(value);
      } else {
        told.border(border);
      }
      return told.build();
    }

    @Serial
    private Object readResolve() throws ObjectStreamException {
      return rebuild(this::build);
    }
  }

  @Override
  Form form() {
    return new Told(kernel, border, value, valid, threads);
  }

  /** {@return what slides over the planes} */
  public SeparableKernel kernel() {
    return kernel;
  }

  /**
   * Returns what this reads beyond an output's place, for {@link Tiles#split}. Tiles are computed
   * by a {@linkplain Builder#valid() valid} filter of the kernel: with a border, {@link
   * TileRunner#withBorder} brings it, or {@link Pad2d} by a tile's padding.
   *
   * @return the halo
   */
  public Halo halo() {
    int top = kernel.height() / 2;
    int left = kernel.width() / 2;
    Padding sides =
        valid
            ? Padding.VALID
            : Padding.of(top, left, kernel.height() - 1 - top, kernel.width() - 1 - left);
    return Halo.sliding(
        this,
        size -> new WindowAxis("H", kernel.height(), 1, 1, sides).place("input", size),
        size -> new WindowAxis("W", kernel.width(), 1, 1, sides).place("input", size));
  }

  /**
   * Returns the shape of the output.
   *
   * @param inputShape {@code ..., H, W}
   * @return the same, or {@code ..., H − KH + 1, W − KW + 1} of a {@linkplain Builder#valid()
   *     valid} filter
   * @throws IllegalArgumentException if there are not two sizes at least, one is negative, or a
   *     valid filter's kernel is larger than the plane
   */
  public long[] outputShape(long... inputShape) {
    return outputShapeOf(Objects.requireNonNull(inputShape, "inputShape").clone());
  }

  private long[] outputShapeOf(long... shape) {
    if (shape.length < 2) {
      throw Operands.wrongShape("input", shape, "[..., H, W]");
    }
    Shapes.elementCount("input", shape);
    if (valid) {
      int h = shape.length - 2;
      requireCovered("H", shape[h], kernel.height());
      requireCovered("W", shape[h + 1], kernel.width());
      shape[h] -= kernel.height() - 1;
      shape[h + 1] -= kernel.width() - 1;
    }
    return shape;
  }

  private static void requireCovered(String axis, long size, int taps) {
    if (size < taps) {
      throw new IllegalArgumentException(
          "input: "
              + axis
              + " is "
              + size
              + ", must be at least the kernel's "
              + taps
              + " of a filter without a border");
    }
  }

  /**
   * Filters into a new tensor.
   *
   * @param arena owner of the output
   * @param input {@code [..., H, W]}, F64 or F32. Not modified.
   * @return the output, of {@link #outputShape}
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   */
  public Tensor forward(Arena arena, Tensor input) {
    requireTaps(Operands.requireFloatingPoint("input", input));
    long[] outputShape = outputShapeOf(input.shape());
    Operands.requireReadable("input", input);
    Tensor output = Tensor.allocate(arena, input.dtype(), outputShape);
    forward(input, output);
    return output;
  }

  /**
   * Filters: {@code [..., H, W] → [..., H, W]}.
   *
   * @param input {@code [..., H, W]}, F64 or F32. Not modified.
   * @param output of the input's type and {@link #outputShape}. Overwritten; must not overlap the
   *     input.
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public void forward(Tensor input, Tensor output) {
    long[] outputShape = requireOperands(input, output);
    compute(input, output, 0, outputShape[outputShape.length - 2]);
  }

  /**
   * Filters some rows of each plane, with the bits that {@link #forward(Tensor, Tensor)} computes
   * for them: for progress to be told between parts, or a part that was asked for. Each call
   * computes some {@code KH − 1} rows that its neighbours compute too, so that parts should be many
   * times as high as the kernel.
   *
   * @param input {@code [..., H, W]}, F64 or F32. Not modified.
   * @param output of the input's type and {@link #outputShape}. Rows {@code from} to before {@code
   *     to} of each plane are overwritten; must not overlap the input.
   * @param from first row of the output
   * @param to end of its rows
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IndexOutOfBoundsException if the rows are not some of the output's
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public void forwardRows(Tensor input, Tensor output, long from, long to) {
    long[] outputShape = requireOperands(input, output);
    Objects.checkFromToIndex(from, to, outputShape[outputShape.length - 2]);
    compute(input, output, from, to);
  }

  private long[] requireOperands(Tensor input, Tensor output) {
    requireTaps(Operands.requireFloatingPoint("input", input));
    long[] outputShape = outputShapeOf(input.shape());
    Operands.requireReadable("input", input);
    Operands.requireOutput("output", output, input.dtype(), outputShape);
    Operands.requireDisjoint("output", output, "input", input);
    return outputShape;
  }

  private void requireTaps(ElementType type) {
    if (type == ElementType.F32 && !taps.fitSinglePrecision()) {
      throw new IllegalArgumentException(
          "input: is F32, must be F64 for a kernel whose taps are infinite in single precision");
    }
  }

  private void compute(Tensor input, Tensor output, long from, long to) {
    long staged = Staging.bytes(input, output);
    if (staged > 0) {
      Staging.run(staged, copies -> computeCopies(copies, input, output, from, to));
    } else if (output.elementCount() > 0 && from < to) {
      Execution.run(
          SeparableFilter.of(
              Operands.elementType("input", input.dtype()),
              geometry(input, output, from, to),
              border.border(),
              value,
              Kernels.useVectors(),
              taps,
              Operands.shareable(input.segment()),
              Operands.shareable(output.segment())),
          threads);
    }
  }

  private void computeCopies(Staging copies, Tensor input, Tensor output, long from, long to) {
    Tensor source = copies.in(input);
    if (to - from < output.size(output.rank() - 2)) {
      // The other rows stay as they are.
      copies.in(output);
    }
    compute(source, copies.out(output), from, to);
  }

  private SeparableGeometry geometry(Tensor input, Tensor output, long from, long to) {
    int h = input.rank() - 2;
    long height = input.size(h);
    long width = input.size(h + 1);
    return new SeparableGeometry(
        input.elementCount() / (height * width),
        height,
        width,
        kernel.height(),
        kernel.width(),
        output.size(h),
        output.size(h + 1),
        valid ? 0 : -(kernel.height() / 2),
        valid ? 0 : -(kernel.width() / 2),
        from,
        to);
  }

  /** Returns kernel and border, such as {@code SeparableFilter2d[7×7, REFLECT]}. */
  @Override
  public String toString() {
    String beyond = border == Pad2d.Mode.CONSTANT ? border + " " + value : border.toString();
    return "SeparableFilter2d["
        + kernel.height()
        + "×"
        + kernel.width()
        + ", "
        + (valid ? "valid" : beyond)
        + "]";
  }

  /** Collects what a separable filter needs to know. */
  public static final class Builder {
    private final SeparableKernel kernel;
    private Pad2d.Mode border = Pad2d.Mode.REFLECT;
    private double value;
    private boolean valid;
    private int threads = PlanOptions.defaults().threads();

    private Builder(SeparableKernel kernel) {
      this.kernel = Objects.requireNonNull(kernel, "kernel");
    }

    /**
     * Sets what lies beyond the sides of a plane; {@link Pad2d.Mode#REFLECT} where left out.
     *
     * @param border what it is; zeros if constant
     * @return this builder
     */
    public Builder border(Pad2d.Mode border) {
      this.border = Objects.requireNonNull(border, "border");
      this.value = 0;
      this.valid = false;
      return this;
    }

    /**
     * Sets one value beyond the sides of a plane, {@link Pad2d.Mode#CONSTANT}.
     *
     * @param value any value, rounded to the element type
     * @return this builder
     */
    public Builder constantBorder(double value) {
      border(Pad2d.Mode.CONSTANT);
      this.value = value;
      return this;
    }

    /**
     * Leaves out the border: only where the kernel is wholly inside the plane is anything computed,
     * {@code [..., H, W] → [..., H − KH + 1, W − KW + 1]}. For a tile that brings what lies around
     * it: {@code ⌊KH/2⌋} rows above and {@code KH − 1 − ⌊KH/2⌋} below, and columns likewise.
     *
     * @return this builder
     */
    public Builder valid() {
      border(Pad2d.Mode.CONSTANT);
      this.valid = true;
      return this;
    }

    /**
     * Sets how many threads a call uses at most, the caller's included; the result's bits do not
     * depend on it. As of {@link PlanOptions#defaults} where left out.
     *
     * @param threads at least 1
     * @return this builder
     * @throws IllegalArgumentException if {@code threads} is below 1
     */
    public Builder threads(int threads) {
      this.threads = Operands.requireThreads(threads);
      return this;
    }

    /** {@return an immutable filter} */
    public SeparableFilter2d build() {
      return new SeparableFilter2d(this);
    }
  }
}
