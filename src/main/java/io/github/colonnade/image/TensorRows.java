package io.github.colonnade.image;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.util.Arrays;

/** The rows of a tensor of one picture, and their way into one. */
final class TensorRows implements PixelRows {
  private final Tensor tensor;
  private final Channels channels;
  private final int width;
  private final int height;
  private final float[] floats;

  /**
   * Views a tensor as rows.
   *
   * @param tensor {@code [1, C, H, W]} or {@code [C, H, W]}, F64 or F32
   * @throws IllegalArgumentException if it is another, naming it {@code operand}
   */
  TensorRows(String operand, Tensor tensor) {
    requireFloatingPoint(operand, tensor.dtype());
    long[] shape = tensor.shape();
    int first = shape.length == 4 && shape[0] == 1 ? 1 : 0;
    if (shape.length - first != 3
        || shape[first] < 1
        || shape[first] > 4
        || shape[first + 1] < 1
        || shape[first + 2] < 1) {
      throw new IllegalArgumentException(
          operand
              + ": shape is "
              + Arrays.toString(shape)
              + ", must be [1, C, H, W] or [C, H, W] with 1 to 4 channels and at least one pixel");
    }
    channels = Channels.of((int) shape[first]);
    // As large as an image can be; all elements of a tensor can be counted.
    if (shape[first + 1] * shape[first + 2] > ImageOptions.MOST_PIXELS) {
      throw new IllegalArgumentException(
          operand
              + ": shape is "
              + Arrays.toString(shape)
              + ", must have at most "
              + ImageOptions.MOST_PIXELS
              + " pixels");
    }
    height = (int) shape[first + 1];
    width = (int) shape[first + 2];
    this.tensor = tensor;
    floats = new float[tensor.dtype() == DType.F32 ? width : 0];
  }

  static void requireFloatingPoint(String operand, DType dtype) {
    if (!dtype.isFloatingPoint()) {
      throw new IllegalArgumentException(operand + ": is " + dtype + ", must be F64 or F32");
    }
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int height() {
    return height;
  }

  @Override
  public Channels channels() {
    return channels;
  }

  @Override
  public void read(int row, double[][] bands) {
    for (int band = 0; band < bands.length; band++) {
      PlaneRows.read(tensor, at(band, row), bands[band], floats);
    }
  }

  /** Copies all rows of a picture of this size and these channels into the tensor. */
  void fill(PixelRows source) {
    double[][] bands = new double[channels.count()][width];
    for (int row = 0; row < height; row++) {
      source.read(row, bands);
      for (int band = 0; band < bands.length; band++) {
        PlaneRows.write(tensor, at(band, row), bands[band], floats);
      }
    }
  }

  private long at(int band, int row) {
    return ((long) band * height + row) * width;
  }
}
