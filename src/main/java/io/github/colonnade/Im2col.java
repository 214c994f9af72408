package io.github.colonnade;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.lowering.ColumnTask;
import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Lowers images to columns and sums columns back into images: im2col, and its adjoint col2im.
 * Chellapilla, Puri and Simard 2006; PyTorch's unfold and fold.
 *
 * <p>A column holds what the kernel sees at one output pixel, {@code C·KH·KW} elements in this
 * order; padding is zeros. A convolution never builds the whole matrix; this operator is for
 * callers that need it.
 *
 * <p>Immutable and safe to share between threads.
 *
 * {@snippet file="io/github/colonnade/examples/OwnMultiply.java" region="columns"}
 */
public final class Im2col {
  private final Window window;
  private final Layout layout;
  private final int threads;

  private Im2col(Builder builder) {
    this.window = builder.window();
    this.layout = builder.layout;
    this.threads = builder.threads;
  }

  /** The column matrix's layout in memory. */
  public enum Layout {
    /** {@code [N·OH·OW, C·KH·KW]}: an output pixel a row. */
    ROWS,
    /** {@code [C·KH·KW, N·OH·OW]}: an output pixel a column. */
    COLUMNS,
    /** {@code [N, C·KH·KW, OH·OW]}: a matrix for each image, an output pixel a column. */
    BATCHED
  }

  /**
   * Starts a lowering with stride 1, no padding, dilation 1 and layout {@link Layout#ROWS}.
   *
   * @param kernelH height of the kernel
   * @param kernelW width of the kernel
   * @return a builder
   */
  public static Builder builder(long kernelH, long kernelW) {
    return new Builder(kernelH, kernelW);
  }

  /**
   * Returns the shape of the columns.
   *
   * @param imageShape {@code N, C, H, W}
   * @return the shape in this layout
   * @throws IllegalArgumentException if the kernel is larger than the padded image, or a size does
   *     not fit a long
   */
  public long[] columnsShape(long... imageShape) {
    return columnsShape(geometry(imageShape));
  }

  private long[] columnsShape(ConvGeometry geometry) {
    // If another size is zero, nothing else bounds these products.
    ConvGeometry g = geometry;
    long depth = Shapes.elementCount("columns", g.inChannels(), g.kernelH(), g.kernelW());
    long[] shape =
        switch (layout) {
          case ROWS -> new long[] {pixels(g.batch(), g), depth};
          case COLUMNS -> new long[] {depth, pixels(g.batch(), g)};
          case BATCHED -> new long[] {g.batch(), depth, pixels(1, g)};
        };
    Shapes.byteSize("columns", DType.F64, shape);
    return shape;
  }

  private static long pixels(long images, ConvGeometry geometry) {
    return Shapes.elementCount("columns", images, geometry.outH(), geometry.outW());
  }

  /**
   * Lowers images to columns: {@code [N, C, H, W] →} {@link #columnsShape}.
   *
   * @param image {@code [N, C, H, W]}. Not modified.
   * @param columns of the image's type. Overwritten; must not overlap {@code image}.
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public void im2col(Tensor image, Tensor columns) {
    ConvGeometry geometry = geometry(Objects.requireNonNull(image, "image").shape());
    ElementType type = Operands.requireFloatingPoint("image", image);
    Operands.requireReadable("image", image);
    Operands.requireOutput("columns", columns, image.dtype(), columnsShape(geometry));
    Operands.requireDisjoint("columns", columns, "image", image);
    long staged = Staging.bytes(image, columns);
    if (staged > 0) {
      Staging.run(staged, copies -> im2col(copies.in(image), copies.out(columns)));
      return;
    }
    run(geometry, type, image, columns, ColumnTask.Direction.IM2COL);
  }

  /**
   * Lowers images to new columns.
   *
   * @param arena owner of the columns
   * @param image {@code [N, C, H, W]}. Not modified.
   * @return the columns, {@link #columnsShape}
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public Tensor im2col(Arena arena, Tensor image) {
    Objects.requireNonNull(arena, "arena");
    long[] shape = columnsShape(Objects.requireNonNull(image, "image").shape());
    Operands.requireFloatingPoint("image", image);
    Operands.requireReadable("image", image);
    Tensor columns = Tensor.allocate(arena, image.dtype(), shape);
    im2col(image, columns);
    return columns;
  }

  /**
   * Sums columns back into images, overlaps added: the adjoint of {@link #im2col(Tensor, Tensor)}.
   *
   * @param columns {@link #columnsShape} of the image's shape. Not modified.
   * @param image {@code [N, C, H, W]} of the columns' type. Overwritten; must not overlap {@code
   *     columns}.
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public void col2im(Tensor columns, Tensor image) {
    ConvGeometry geometry = geometry(Objects.requireNonNull(image, "image").shape());
    ElementType type = Operands.requireFloatingPoint("columns", columns);
    Operands.requireInput("columns", columns, columns.dtype(), columnsShape(geometry));
    Operands.requireOutput("image", image, columns.dtype(), image.shape());
    Operands.requireDisjoint("image", image, "columns", columns);
    long staged = Staging.bytes(columns, image);
    if (staged > 0) {
      Staging.run(staged, copies -> col2im(copies.in(columns), copies.out(image)));
      return;
    }
    run(geometry, type, image, columns, ColumnTask.Direction.COL2IM);
  }

  /**
   * Sums columns into new images.
   *
   * @param arena owner of the images
   * @param columns {@link #columnsShape} of the image's shape. Not modified.
   * @param imageShape {@code N, C, H, W}
   * @return the images
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public Tensor col2im(Arena arena, Tensor columns, long... imageShape) {
    Objects.requireNonNull(arena, "arena");
    Objects.requireNonNull(columns, "columns");
    ConvGeometry geometry = geometry(imageShape);
    Operands.requireFloatingPoint("columns", columns);
    Operands.requireInput("columns", columns, columns.dtype(), columnsShape(geometry));
    Tensor image = Tensor.allocate(arena, columns.dtype(), imageShape);
    col2im(columns, image);
    return image;
  }

  private void run(
      ConvGeometry geometry,
      ElementType type,
      Tensor image,
      Tensor columns,
      ColumnTask.Direction direction) {
    MemorySegment imageMemory = Operands.shareable(image.segment());
    MemorySegment columnsMemory = Operands.shareable(columns.segment());
    Tensor written = direction == ColumnTask.Direction.IM2COL ? columns : image;
    if (written.elementCount() == 0) {
      return;
    }
    long plane = geometry.outPlane();
    long depth = geometry.depth();
    ColumnTask.Strides strides =
        switch (layout) {
          case ROWS -> new ColumnTask.Strides(plane * depth, 1, depth);
          case COLUMNS -> new ColumnTask.Strides(plane, geometry.outPixels(), 1);
          case BATCHED -> new ColumnTask.Strides(plane * depth, plane, 1);
        };
    Execution.run(
        new ColumnTask(geometry, type, direction, strides, imageMemory, columnsMemory), threads);
  }

  private ConvGeometry geometry(long... imageShape) {
    long[] shape = Objects.requireNonNull(imageShape, "imageShape").clone();
    Operands.requireImages("image", shape);
    Shapes.byteSize("image", DType.F64, shape);
    Axis vertical = window.vertical().place("image", shape[2]);
    Axis horizontal = window.horizontal().place("image", shape[3]);
    Shapes.byteSize(
        "columns",
        DType.F64,
        shape[0],
        shape[1],
        vertical.kernel(),
        horizontal.kernel(),
        vertical.outputs(),
        horizontal.outputs());
    return new ConvGeometry(shape[0], shape[1], 1, 1, vertical, horizontal);
  }

  /** Returns the geometry, such as {@code Im2col[kernel 3×3, stride 2×2, …, ROWS]}. */
  @Override
  public String toString() {
    return "Im2col[" + window + ", padding " + window.padding() + ", " + layout + "]";
  }

  /** Collects the geometry of a lowering. */
  public static final class Builder extends WindowBuilder<Builder>
      implements DilatedBuilder<Builder> {
    private Layout layout = Layout.ROWS;
    private int threads = PlanOptions.defaults().threads();

    private Builder(long kernelH, long kernelW) {
      super(kernelH, kernelW);
    }

    @Override
    Builder self() {
      return this;
    }

    @Override
    public Builder dilation(long dilationH, long dilationW) {
      return dilate(dilationH, dilationW);
    }

    /**
     * Sets the column matrix's layout in memory.
     *
     * @param layout one of three
     * @return this builder
     */
    public Builder layout(Layout layout) {
      this.layout = Objects.requireNonNull(layout, "layout");
      return this;
    }

    /**
     * Sets the number of threads; the result does not depend on it.
     *
     * @param threads threads at most, the caller's included
     * @return this builder
     */
    public Builder threads(int threads) {
      this.threads = Operands.requireThreads(threads);
      return this;
    }

    /** {@return an immutable operator} */
    public Im2col build() {
      return new Im2col(this);
    }
  }
}
