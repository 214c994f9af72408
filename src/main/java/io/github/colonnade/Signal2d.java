package io.github.colonnade;

import io.github.colonnade.internal.border.Border;
import io.github.colonnade.internal.border.FilterGeometry;
import io.github.colonnade.internal.border.PlaneFilter;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Objects;

/**
 * Signal processing's two operators on one image and one kernel, {@code [H, W] ⋆ [KH, KW] → [OH,
 * OW]}, with the results of SciPy's functions of the same names: the same bits as SciPy 1.17's,
 * which add in the same order.
 *
 * <p>Convolution flips the kernel both ways before it slides over the image, cross-correlation does
 * not; what deep learning calls convolution, {@link Conv2d}, is cross-correlation.
 */
public final class Signal2d {
  private Signal2d() {}

  /** Which part of the result is computed. */
  public enum Mode {
    /** All positions where the kernel touches the image: {@code H + KH − 1}. */
    FULL,
    /** As many as the image has pixels, centred: {@code H}. */
    SAME,
    /**
     * Those where one is wholly in the other: {@code |H − KH| + 1}. The larger may be either, but
     * in both sizes.
     */
    VALID
  }

  /** What lies around the image. */
  public enum Boundary {
    /** One value, {@link Options#fillValue()}. */
    FILL(Border.CONSTANT),
    /** The image again: {@code b c | a b c | a b}. */
    WRAP(Border.CIRCULAR),
    /** The image mirrored with its edge pixels repeated: {@code b a | a b c | c b}. */
    SYMM(Border.SYMMETRIC);

    private final Border border;

    Boundary(Border border) {
      this.border = border;
    }
  }

  /**
   * How to compute.
   *
   * @param mode which part of the result
   * @param boundary what lies around the image; it does not matter in mode {@link Mode#VALID}
   * @param fillValue what {@link Boundary#FILL} fills with, rounded to the element type
   * @param threads threads at most, the caller's included; the result's bits do not depend on it
   */
  public record Options(Mode mode, Boundary boundary, double fillValue, int threads) {
    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if {@code threads} is below 1
     */
    public Options {
      Objects.requireNonNull(mode, "mode");
      Objects.requireNonNull(boundary, "boundary");
      Operands.requireThreads(threads);
    }

    /**
     * {@return SciPy's defaults: FULL, zeros around the image; threads as of {@link PlanOptions}}
     */
    public static Options defaults() {
      return new Options(Mode.FULL, Boundary.FILL, 0, PlanOptions.defaults().threads());
    }

    /**
     * Returns these options for another part of the result.
     *
     * @param mode which part of the result
     * @return new options
     */
    public Options withMode(Mode mode) {
      return new Options(mode, boundary, fillValue, threads);
    }

    /**
     * Returns these options with other surroundings of the image.
     *
     * @param boundary what lies around the image
     * @return new options
     */
    public Options withBoundary(Boundary boundary) {
      return new Options(mode, boundary, fillValue, threads);
    }

    /**
     * Returns these options with one value around the image.
     *
     * @param fillValue any value, rounded to the element type
     * @return new options with {@link Boundary#FILL}
     */
    public Options withFill(double fillValue) {
      return new Options(mode, Boundary.FILL, fillValue, threads);
    }

    /**
     * Returns these options with another number of threads.
     *
     * @param threads threads at most, the caller's included
     * @return new options
     * @throws IllegalArgumentException if {@code threads} is below 1
     */
    public Options withThreads(int threads) {
      return new Options(mode, boundary, fillValue, threads);
    }
  }

  /**
   * Convolves in one line.
   *
   * @param arena owner of the output
   * @param image {@code [H, W]}, F64 or F32. Not modified.
   * @param kernel {@code [KH, KW]} of the image's type. Not modified.
   * @param mode which part of the result
   * @param boundary what lies around the image; {@link Boundary#FILL} is zeros
   * @return the output, {@code [OH, OW]}
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public static Tensor convolve2d(
      Arena arena, Tensor image, Tensor kernel, Mode mode, Boundary boundary) {
    return convolve2d(
        arena, image, kernel, Options.defaults().withMode(mode).withBoundary(boundary));
  }

  /**
   * Convolves into a new tensor.
   *
   * @param arena owner of the output
   * @param image {@code [H, W]}, F64 or F32. Not modified.
   * @param kernel {@code [KH, KW]} of the image's type. Not modified.
   * @param options how to compute
   * @return the output, {@code [OH, OW]}
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public static Tensor convolve2d(Arena arena, Tensor image, Tensor kernel, Options options) {
    return allocateAndRun(arena, image, kernel, options, true);
  }

  /**
   * Convolves: {@code y[m, n] = Σ k[i, j] · x[m + a − i, n + b − j]}, where {@code a} and {@code b}
   * are 0 in mode FULL, half of {@code KH − 1} and {@code KW − 1} rounded down in SAME, the whole
   * in VALID.
   *
   * @param image {@code x}, {@code [H, W]}, F64 or F32. Not modified.
   * @param kernel {@code k}, {@code [KH, KW]} of the image's type. Not modified.
   * @param output {@code y}, of {@link #outputShape} and the image's type. Overwritten; must not
   *     overlap the others.
   * @param options how to compute
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public static void convolve2d(Tensor image, Tensor kernel, Tensor output, Options options) {
    run(image, kernel, output, options, true);
  }

  /**
   * Cross-correlates in one line.
   *
   * @param arena owner of the output
   * @param image {@code [H, W]}, F64 or F32. Not modified.
   * @param kernel {@code [KH, KW]} of the image's type. Not modified.
   * @param mode which part of the result
   * @param boundary what lies around the image; {@link Boundary#FILL} is zeros
   * @return the output, {@code [OH, OW]}
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public static Tensor correlate2d(
      Arena arena, Tensor image, Tensor kernel, Mode mode, Boundary boundary) {
    return correlate2d(
        arena, image, kernel, Options.defaults().withMode(mode).withBoundary(boundary));
  }

  /**
   * Cross-correlates into a new tensor.
   *
   * @param arena owner of the output
   * @param image {@code [H, W]}, F64 or F32. Not modified.
   * @param kernel {@code [KH, KW]} of the image's type. Not modified.
   * @param options how to compute
   * @return the output, {@code [OH, OW]}
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public static Tensor correlate2d(Arena arena, Tensor image, Tensor kernel, Options options) {
    return allocateAndRun(arena, image, kernel, options, false);
  }

  /**
   * Cross-correlates: {@code y[m, n] = Σ k[i, j] · x[m − a + i, n − b + j]}, where {@code a} and
   * {@code b} are {@code KH − 1} and {@code KW − 1} in mode FULL, half of that rounded down in
   * SAME, 0 in VALID. Where VALID slides the image over a larger kernel, the output is reversed
   * both ways, as SciPy's is: swapping the operands of a cross-correlation reverses it.
   *
   * @param image {@code x}, {@code [H, W]}, F64 or F32. Not modified.
   * @param kernel {@code k}, {@code [KH, KW]} of the image's type. Not modified.
   * @param output {@code y}, of {@link #outputShape} and the image's type. Overwritten; must not
   *     overlap the others.
   * @param options how to compute
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public static void correlate2d(Tensor image, Tensor kernel, Tensor output, Options options) {
    run(image, kernel, output, options, false);
  }

  /**
   * Returns the shape of the output.
   *
   * @param imageShape {@code H, W}
   * @param kernelShape {@code KH, KW}
   * @param mode which part of the result
   * @return {@code OH, OW}
   * @throws IllegalArgumentException if there are not two sizes of at least 1 each, a size does not
   *     fit a long, or neither operand is the larger one both ways in mode VALID
   */
  public static long[] outputShape(long[] imageShape, long[] kernelShape, Mode mode) {
    Objects.requireNonNull(mode, "mode");
    requirePlane("image", Objects.requireNonNull(imageShape, "imageShape"));
    requirePlane("kernel", Objects.requireNonNull(kernelShape, "kernelShape"));
    requireComparable(imageShape, kernelShape, mode);
    long[] outputShape = new long[2];
    for (int axis = 0; axis < 2; axis++) {
      outputShape[axis] = outputs(imageShape[axis], kernelShape[axis], mode);
    }
    Shapes.elementCount("output", outputShape);
    return outputShape;
  }

  private static void requirePlane(String operand, long... shape) {
    if (shape.length != 2 || shape[0] < 1 || shape[1] < 1) {
      throw Operands.wrongShape(operand, shape, "two sizes of at least 1");
    }
  }

  private static void requireComparable(long[] image, long[] kernel, Mode mode) {
    if (mode == Mode.VALID && !covers(image, kernel) && !covers(kernel, image)) {
      throw new IllegalArgumentException(
          "kernel: shape is "
              + Arrays.toString(kernel)
              + ", in mode VALID it must be within or around the image's "
              + Arrays.toString(image)
              + " in both sizes");
    }
  }

  private static boolean covers(long[] larger, long[] smaller) {
    return larger[0] >= smaller[0] && larger[1] >= smaller[1];
  }

  private static long outputs(long size, long kernel, Mode mode) {
    try {
      return switch (mode) {
        case FULL -> Math.addExact(size, kernel - 1);
        case SAME -> size;
        case VALID -> Math.abs(size - kernel) + 1;
      };
    } catch (ArithmeticException overflow) {
      throw new IllegalArgumentException(
          "image: size of " + size + " with a kernel of " + kernel + " does not fit a long",
          overflow);
    }
  }

  private static Tensor allocateAndRun(
      Arena arena, Tensor image, Tensor kernel, Options options, boolean flipped) {
    long[] outputShape = requireOperands(image, kernel, options);
    Shapes.byteSize("output", image.dtype(), outputShape);
    Tensor output = Tensor.allocate(arena, image.dtype(), outputShape);
    run(image, kernel, output, options, flipped);
    return output;
  }

  private static long[] requireOperands(Tensor image, Tensor kernel, Options options) {
    Objects.requireNonNull(image, "image");
    Objects.requireNonNull(kernel, "kernel");
    Objects.requireNonNull(options, "options");
    Operands.requireFloatingPoint("image", image);
    long[] outputShape = outputShape(image.shape(), kernel.shape(), options.mode());
    Operands.requireReadable("image", image);
    Operands.requireInput("kernel", kernel, image.dtype(), kernel.shape());
    return outputShape;
  }

  private static void run(
      Tensor image, Tensor kernel, Tensor output, Options options, boolean flipped) {
    long[] outputShape = requireOperands(image, kernel, options);
    Operands.requireOutput("output", output, image.dtype(), outputShape);
    Operands.requireDisjoint("output", output, "image", image);
    Operands.requireDisjoint("output", output, "kernel", kernel);
    long staged = Staging.bytes(image, kernel, output);
    if (staged > 0) {
      Staging.run(
          staged,
          copies -> run(copies.in(image), copies.in(kernel), copies.out(output), options, flipped));
      return;
    }
    boolean swapped = options.mode() == Mode.VALID && !covers(image.shape(), kernel.shape());
    Tensor plane = swapped ? kernel : image;
    Tensor taps = swapped ? image : kernel;
    Execution.run(
        PlaneFilter.of(
            Operands.elementType("image", image.dtype()),
            geometry(plane, taps, outputShape, options.mode(), flipped, swapped),
            options.boundary().border,
            options.fillValue(),
            Operands.shareable(plane.segment()),
            Operands.shareable(taps.segment()),
            Operands.shareable(output.segment())),
        options.threads());
  }

  private static FilterGeometry geometry(
      Tensor plane, Tensor taps, long[] outputShape, Mode mode, boolean flipped, boolean swapped) {
    return new FilterGeometry(
        plane.size(0),
        plane.size(1),
        taps.size(0),
        taps.size(1),
        outputShape[0],
        outputShape[1],
        first(taps.size(0) - 1, mode, flipped),
        first(taps.size(1) - 1, mode, flipped),
        flipped,
        swapped && !flipped);
  }

  /** Returns the position in the image under the first output's first tap. */
  private static long first(long lastTap, Mode mode, boolean flipped) {
    return switch (mode) {
      case FULL -> flipped ? 0 : -lastTap;
      case SAME -> flipped ? lastTap / 2 : -(lastTap / 2);
      case VALID -> flipped ? lastTap : 0;
    };
  }
}
