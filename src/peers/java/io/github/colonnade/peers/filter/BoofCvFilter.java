package io.github.colonnade.peers.filter;

import boofcv.alg.filter.convolve.ConvolveImageNoBorder;
import boofcv.concurrency.BoofConcurrency;
import boofcv.struct.convolve.Kernel1D;
import boofcv.struct.convolve.Kernel1D_F32;
import boofcv.struct.convolve.Kernel1D_F64;
import boofcv.struct.convolve.Kernel2D;
import boofcv.struct.convolve.Kernel2D_F32;
import boofcv.struct.convolve.Kernel2D_F64;
import boofcv.struct.image.GrayF32;
import boofcv.struct.image.GrayF64;
import boofcv.struct.image.ImageGray;
import io.github.colonnade.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * BoofCV, plane by plane. It computes where the kernel lies inside the image alone, since it has no
 * other way that takes both types.
 */
final class BoofCvFilter implements FilterContender {
  private final List<ImageGray<?>> inputs = new ArrayList<>();
  private final List<ImageGray<?>> between = new ArrayList<>();
  private final List<ImageGray<?>> outputs = new ArrayList<>();
  private final Kernel2D kernel;
  private final Kernel1D line;

  BoofCvFilter(FilterCase filter, double[] pixels, double[] taps, int threads) {
    useThreads(threads);
    int width = filter.width();
    int height = filter.height();
    boolean f64 = filter.dtype() == DType.F64;
    for (int c = 0; c < filter.channels(); c++) {
      for (List<ImageGray<?>> images : List.of(inputs, between, outputs)) {
        images.add(f64 ? new GrayF64(width, height) : new GrayF32(width, height));
      }
      for (int i = 0; i < width * height; i++) {
        double value = pixels[c * width * height + i];
        if (f64) {
          ((GrayF64) inputs.get(c)).data[i] = value;
        } else {
          ((GrayF32) inputs.get(c)).data[i] = (float) value;
        }
      }
    }
    int size = filter.kernel();
    if (f64) {
      kernel = filter.separable() ? null : Kernel2D_F64.wrap(taps, size, size / 2);
      line = filter.separable() ? Kernel1D_F64.wrap(filter.line(), size, size / 2) : null;
    } else {
      kernel = filter.separable() ? null : Kernel2D_F32.wrap(floats(taps), size, size / 2);
      line = filter.separable() ? Kernel1D_F32.wrap(floats(filter.line()), size, size / 2) : null;
    }
  }

  /** Sets the threads of all its filters: it has no others. */
  private static void useThreads(int threads) {
    BoofConcurrency.USE_CONCURRENT = threads > 1;
    BoofConcurrency.setMaxThreads(threads);
  }

  private static float[] floats(double... values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  @Override
  public void run() {
    for (int c = 0; c < inputs.size(); c++) {
      if (line == null) {
        convolve(inputs.get(c), outputs.get(c));
      } else {
        separate(inputs.get(c), between.get(c), outputs.get(c));
      }
    }
  }

  private void convolve(ImageGray<?> input, ImageGray<?> output) {
    if (input instanceof GrayF64 from) {
      ConvolveImageNoBorder.convolve((Kernel2D_F64) kernel, from, (GrayF64) output);
    } else {
      ConvolveImageNoBorder.convolve((Kernel2D_F32) kernel, (GrayF32) input, (GrayF32) output);
    }
  }

  private void separate(ImageGray<?> input, ImageGray<?> middle, ImageGray<?> output) {
    if (input instanceof GrayF64 from) {
      ConvolveImageNoBorder.horizontal((Kernel1D_F64) line, from, (GrayF64) middle);
      ConvolveImageNoBorder.vertical((Kernel1D_F64) line, (GrayF64) middle, (GrayF64) output);
    } else {
      ConvolveImageNoBorder.horizontal((Kernel1D_F32) line, (GrayF32) input, (GrayF32) middle);
      ConvolveImageNoBorder.vertical((Kernel1D_F32) line, (GrayF32) middle, (GrayF32) output);
    }
  }

  @Override
  public double result(int channel, int row, int column) {
    return outputs.get(channel) instanceof GrayF64 f64
        ? f64.unsafe_get(column, row)
        : ((GrayF32) outputs.get(channel)).unsafe_get(column, row);
  }

  @Override
  public void close() {
    // The collector's.
  }
}
