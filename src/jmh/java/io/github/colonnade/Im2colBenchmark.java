package io.github.colonnade;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Lowering to columns and its adjoint, in each layout. */
public class Im2colBenchmark extends OperatorBenchmark {
  /** Convolutions to lower, square throughout. */
  public enum Layer {
    /** ResNet's first convolution. */
    RESNET_STEM(1, 3, 224, 7, 2, 3),
    /** A convolution of ResNet's second stage. */
    RES2_3X3(1, 64, 56, 3, 1, 1),
    /** A convolution of its fourth stage, of a small batch. */
    RES4_3X3(4, 256, 14, 3, 1, 1),
    /** What a call costs apart from its copying. */
    TINY(2, 3, 5, 3, 2, 1);

    final long batch;
    final long channels;
    final long size;
    final long kernel;
    final long stride;
    final long padding;

    Layer(long batch, long channels, long size, long kernel, long stride, long padding) {
      this.batch = batch;
      this.channels = channels;
      this.size = size;
      this.kernel = kernel;
      this.stride = stride;
      this.padding = padding;
    }

    long[] imageShape() {
      return new long[] {batch, channels, size, size};
    }
  }

  /** Name of a layer. */
  @Param public Layer layer;

  /** The matrix's layout in memory. */
  @Param public Im2col.Layout layout;

  private Im2col operator;
  Tensor image;
  Tensor columns;
  private Tensor lowered;
  private Tensor sums;

  @Override
  protected void prepare() {
    operator =
        Im2col.builder(layer.kernel, layer.kernel)
            .stride(layer.stride, layer.stride)
            .padding(Padding.of(layer.padding))
            .layout(layout)
            .threads(threads)
            .build();
    long[] columnsShape = operator.columnsShape(layer.imageShape());
    image = random(layer.imageShape());
    columns = random(columnsShape);
    lowered = zeros(columnsShape);
    sums = zeros(layer.imageShape());
  }

  /** The columns. */
  @Benchmark
  public Tensor im2col() {
    operator.im2col(image, lowered);
    return lowered;
  }

  /** The image that sums up the columns. */
  @Benchmark
  public Tensor col2im() {
    operator.col2im(columns, sums);
    return sums;
  }
}
