package io.github.colonnade.peers.filter;

import io.github.colonnade.DType;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Point;
import org.opencv.imgproc.Imgproc;

/** OpenCV through its own Java binding: zeros around the image, colours interleaved. */
final class OpenCvFilter implements FilterContender {
  private static final Point MIDDLE = new Point(-1, -1);

  static {
    nu.pattern.OpenCV.loadLocally();
  }

  private final Mat input;
  private final Mat output;
  private final Mat kernel;
  private final boolean separable;

  OpenCvFilter(FilterCase filter, double[] pixels, double[] taps, int threads) {
    Core.setNumThreads(threads);
    int depth = filter.dtype() == DType.F64 ? CvType.CV_64F : CvType.CV_32F;
    int type = CvType.makeType(depth, filter.channels());
    separable = filter.separable();
    input = new Mat(filter.height(), filter.width(), type);
    output = new Mat(filter.height(), filter.width(), type);
    double[] row = new double[filter.width() * filter.channels()];
    int plane = filter.height() * filter.width();
    for (int y = 0; y < filter.height(); y++) {
      for (int i = 0; i < row.length; i++) {
        int x = i / filter.channels();
        row[i] = pixels[i % filter.channels() * plane + y * filter.width() + x];
      }
      input.put(y, 0, row);
    }
    kernel = new Mat(separable ? 1 : filter.kernel(), filter.kernel(), depth);
    kernel.put(0, 0, separable ? filter.line() : taps);
  }

  @Override
  public void run() {
    if (separable) {
      Imgproc.sepFilter2D(input, output, -1, kernel, kernel, MIDDLE, 0, Core.BORDER_CONSTANT);
    } else {
      Imgproc.filter2D(input, output, -1, kernel, MIDDLE, 0, Core.BORDER_CONSTANT);
    }
  }

  @Override
  public double result(int channel, int row, int column) {
    return output.get(row, column)[channel];
  }

  @Override
  public void close() {
    input.release();
    output.release();
    kernel.release();
  }
}
