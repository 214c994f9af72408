package io.github.colonnade;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Filters of one plane. */
public class Signal2dBenchmark extends OperatorBenchmark {
  /** An image and a kernel, both square. */
  public enum Filter {
    /** As small as edge detectors are. */
    PHOTO_3X3(512, 3),
    /** As a blur. */
    PHOTO_7X7(512, 7),
    /** As a blur that is wide. */
    PHOTO_15X15(512, 15),
    /** What a call costs apart from its arithmetic. */
    TINY(6, 3);

    final long size;
    final long kernel;

    Filter(long size, long kernel) {
      this.size = size;
      this.kernel = kernel;
    }
  }

  /** Name of a filter. */
  @Param public Filter filter;

  /** Which part of the result. */
  @Param("SAME")
  public Signal2d.Mode mode;

  /** What lies around the image. */
  @Param public Signal2d.Boundary boundary;

  Signal2d.Options options;
  Tensor image;
  Tensor kernel;
  private Tensor output;

  @Override
  protected void prepare() {
    options =
        Signal2d.Options.defaults().withMode(mode).withBoundary(boundary).withThreads(threads);
    image = random(filter.size, filter.size);
    kernel = random(filter.kernel, filter.kernel);
    output = zeros(Signal2d.outputShape(image.shape(), kernel.shape(), mode));
  }

  /** The convolution. */
  @Benchmark
  public Tensor convolve() {
    Signal2d.convolve2d(image, kernel, output, options);
    return output;
  }

  /** The cross-correlation. */
  @Benchmark
  public Tensor correlate() {
    Signal2d.correlate2d(image, kernel, output, options);
    return output;
  }
}
