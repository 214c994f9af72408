package io.github.colonnade.cli;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What slides over an image, and how it is computed. */
final class ImageKernelOptions {
  private static final String GAUSSIAN = "gaussian";

  /** A larger one makes an even image of any. */
  private static final double MOST_SIGMA = 1e6;

  /** Taps of a larger one, written out, are more than memory holds. */
  private static final double MOST_WRITTEN_SIGMA = 1e3;

  /** What rounding to double leaves of a product of a column and a row, and some more. */
  private static final double ROUNDING = 1e-13;

  private static final double SINGLE_ROUNDING = 1e-7;

  @Option(
      names = "--kernel",
      required = true,
      paramLabel = "K",
      description = "sobel, scharr, laplacian, gaussian, sharpen, emboss, box or FILE.npy.")
  private String name;

  @Option(
      names = "--sigma",
      paramLabel = "S",
      converter = Numbers.Real.class,
      description = "Standard deviation of gaussian, in pixels; 3 if left out.")
  private Double sigma;

  @Option(
      names = "--separable",
      paramLabel = "auto|never",
      converter = Choices.SeparableConverter.class,
      description =
          "auto: a kernel that is a column times a row (sobel, scharr, gaussian, box, such files) "
              + "runs as two of one dimension, which may change the last bit before a result is "
              + "rounded. never: as one. auto if left out.")
  private Separable separable = Separable.AUTO;

  /** Whether separable kernels are computed as such. */
  enum Separable {
    AUTO,
    NEVER
  }

  /**
   * Returns the kernel that is asked for.
   *
   * @throws IOException naming the file that cannot be read
   * @throws IllegalArgumentException naming the option that is wrong
   */
  ImageKernel kernel() throws IOException {
    ImageKernel kernel = sigma == null ? withoutSigma() : gaussian();
    return separable == Separable.AUTO ? kernel : kernel.writtenOut();
  }

  private ImageKernel gaussian() {
    if (!name.toLowerCase(Locale.ROOT).equals(GAUSSIAN)) {
      throw new IllegalArgumentException(
          "--sigma: is for gaussian alone, must be left out with --kernel '" + name + "'");
    }
    if (!(sigma > 0 && sigma <= MOST_SIGMA)) {
      throw new IllegalArgumentException(
          "--sigma: is " + sigma + ", must be more than 0 and at most " + (int) MOST_SIGMA);
    }
    if (separable == Separable.NEVER && sigma > MOST_WRITTEN_SIGMA) {
      throw new IllegalArgumentException(
          "--sigma: is "
              + sigma
              + ", must be at most "
              + (int) MOST_WRITTEN_SIGMA
              + " with --separable never");
    }
    return ImageKernel.gaussian(sigma);
  }

  private ImageKernel withoutSigma() throws IOException {
    if (FilterCommand.hasEnding(name, ".npy")) {
      return read(file());
    }
    for (ImageKernel named : ImageKernel.NAMED) {
      if (named.name().equals(name.toLowerCase(Locale.ROOT))) {
        return named;
      }
    }
    String known =
        ImageKernel.NAMED.stream().map(ImageKernel::name).collect(Collectors.joining(", "));
    throw new IllegalArgumentException(
        "--kernel: is '" + name + "', must be one of " + known + " or a .npy file");
  }

  private Path file() {
    try {
      return new PathConverter().convert(name);
    } catch (TypeConversionException noName) {
      throw new IllegalArgumentException("--kernel: " + noName.getMessage(), noName);
    }
  }

  private static ImageKernel read(Path file) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Tensor taps = TensorFiles.read(arena, "--kernel", file, "KH", "KW");
      if (taps.elementCount() == 0) {
        throw new IllegalArgumentException("--kernel: " + file + " is empty");
      }
      double[] values = taps.toDoubleArray();
      for (double value : values) {
        if (!Double.isFinite(value)) {
          throw new IllegalArgumentException(
              "--kernel: " + file + " holds " + value + ", must hold finite numbers");
        }
      }
      double tolerance = taps.dtype() == DType.F32 ? SINGLE_ROUNDING : ROUNDING;
      return ImageKernel.of((int) taps.size(0), (int) taps.size(1), values, tolerance);
    }
  }
}
