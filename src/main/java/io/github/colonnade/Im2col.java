package io.github.colonnade;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.lowering.ColumnTask;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/**
 * Lowers images to columns and sums columns back into images: im2col, and its adjoint col2im.
 * Chellapilla, Puri and Simard 2006; PyTorch's unfold and fold.
 *
 * <p>A column holds what the kernel sees at one output pixel, {@code C·KH·KW} elements in this
 * order; padding is zeros. A convolution never builds the whole matrix; this operator is for those
 * who need it as it is.
 *
 * <p>Immutable and safe to share between threads.
 */
public final class Im2col {
  private final long kernelH;
  private final long kernelW;
  private final long strideH;
  private final long strideW;
  private final long dilationH;
  private final long dilationW;
  private final Padding padding;
  private final Layout layout;
  private final int threads;

  private Im2col(Builder builder) {
    this.kernelH = builder.kernelH;
    this.kernelW = builder.kernelW;
    this.strideH = builder.strideH;
    this.strideW = builder.strideW;
    this.dilationH = builder.dilationH;
    this.dilationW = builder.dilationW;
    this.padding = builder.padding;
    this.layout = builder.layout;
    this.threads = builder.threads;
  }

  /** How the column matrix lies in memory. */
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
   * Tells the shape of the columns.
   *
   * @param imageShape {@code N, C, H, W}
   * @return the shape that the layout says
   * @throws IllegalArgumentException if the kernel is larger than the padded image, or a size does
   *     not fit a long
   */
  public long[] columnsShape(long... imageShape) {
    return columnsShape(geometry(imageShape));
  }

  private long[] columnsShape(ConvGeometry geometry) {
    // Beside a zero elsewhere, nothing else bounds these products.
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
    DType dtype = Operands.requireFloatingPoint("image", image);
    Operands.requireInput("image", image, dtype, image.shape());
    Operands.requireOutput("columns", columns, dtype, columnsShape(geometry));
    Operands.requireDisjoint("columns", columns, "image", image);
    run(geometry, dtype, image, columns, ColumnTask.Direction.IM2COL);
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
    DType dtype = Operands.requireFloatingPoint("image", image);
    Operands.requireInput("image", image, dtype, image.shape());
    Tensor columns = Tensor.allocate(arena, dtype, shape);
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
    Objects.requireNonNull(columns, "columns");
    DType dtype = Operands.requireFloatingPoint("columns", columns);
    Operands.requireInput("columns", columns, dtype, columnsShape(geometry));
    Operands.requireOutput("image", image, dtype, image.shape());
    Operands.requireDisjoint("image", image, "columns", columns);
    run(geometry, dtype, image, columns, ColumnTask.Direction.COL2IM);
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
    DType dtype = Operands.requireFloatingPoint("columns", columns);
    Operands.requireInput("columns", columns, dtype, columnsShape(geometry));
    Tensor image = Tensor.allocate(arena, dtype, imageShape);
    col2im(columns, image);
    return image;
  }

  private void run(
      ConvGeometry geometry,
      DType dtype,
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
        new ColumnTask(
            geometry, Operands.elementType(dtype), direction, strides, imageMemory, columnsMemory),
        threads);
  }

  private ConvGeometry geometry(long... imageShape) {
    long[] shape = Objects.requireNonNull(imageShape, "imageShape").clone();
    if (shape.length != 4) {
      throw new IllegalArgumentException(
          "image: shape is " + Arrays.toString(shape) + ", must be [N, C, H, W]");
    }
    Shapes.byteSize("image", DType.F64, shape);
    Axis vertical = Window.of("H", shape[2], kernelH, strideH, dilationH, padding);
    Axis horizontal = Window.of("W", shape[3], kernelW, strideW, dilationW, padding);
    Shapes.byteSize(
        "columns",
        DType.F64,
        shape[0],
        shape[1],
        kernelH,
        kernelW,
        vertical.outputs(),
        horizontal.outputs());
    return new ConvGeometry(shape[0], shape[1], 1, 1, vertical, horizontal);
  }

  /** Collects the geometry of a lowering. */
  public static final class Builder {
    private final long kernelH;
    private final long kernelW;
    private long strideH = 1;
    private long strideW = 1;
    private long dilationH = 1;
    private long dilationW = 1;
    private Padding padding = Padding.VALID;
    private Layout layout = Layout.ROWS;
    private int threads = PlanOptions.defaults().threads();

    private Builder(long kernelH, long kernelW) {
      this.kernelH = Shapes.requirePositive("kernelH", kernelH);
      this.kernelW = Shapes.requirePositive("kernelW", kernelW);
    }

    /**
     * Sets the stride.
     *
     * @param strideH image rows from one output row to the next
     * @param strideW image columns from one output column to the next
     * @return this builder
     */
    public Builder stride(long strideH, long strideW) {
      this.strideH = Shapes.requirePositive("strideH", strideH);
      this.strideW = Shapes.requirePositive("strideW", strideW);
      return this;
    }

    /**
     * Sets the dilation.
     *
     * @param dilationH image rows from one kernel row to the next
     * @param dilationW image columns from one kernel column to the next
     * @return this builder
     */
    public Builder dilation(long dilationH, long dilationW) {
      this.dilationH = Shapes.requirePositive("dilationH", dilationH);
      this.dilationW = Shapes.requirePositive("dilationW", dilationW);
      return this;
    }

    /**
     * Sets the padding.
     *
     * @param padding zeros around the image
     * @return this builder
     */
    public Builder padding(Padding padding) {
      this.padding = Objects.requireNonNull(padding, "padding");
      return this;
    }

    /**
     * Sets how the column matrix lies in memory.
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
      this.threads = (int) Shapes.requirePositive("threads", threads);
      return this;
    }

    /** {@return an immutable operator} */
    public Im2col build() {
      return new Im2col(this);
    }
  }
}
