package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.blas.CoreKind;
import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvPass;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.conv.Kernels;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.util.function.Supplier;

/** The passes tap by tap, without lowering: for few channels, and groups of few. */
public final class DirectAlgorithm implements ConvAlgorithm {
  // Where these passes beat columns, one thread, both types, on planes of 7² to 112², AMD Zen 3
  // (family 25 model 1, AVX2).

  /**
   * Output channels of each input channel that are computed without columns: one takes 0.15 to 0.5
   * of their time, its weights' gradient 0.2 to 1; two 0.2 to 0.5, and 0.45 to 0.85.
   */
  private static final long MOST_MULTIPLIER = 2;

  /** Cropped at stride 1, groups of 4 take 0.75 to 1, their weights' gradient 1.3 to 1.5. */
  private static final long MOST_CROPPED_CHANNELS = 4;

  /** Input's gradients under a stride, in groups of 4 take 0.4 to 0.65, of 8 0.5 to 0.65. */
  private static final long MOST_STRIDED_CHANNELS = 8;

  /**
   * Forward in single precision, two threads: groups of 4 and 8, 3×3 and 5×5, strides 1 and 2, take
   * 0.5 to 1.07 of the columns' time with portable kernels, 0.23 to 0.9 with those of the Vector
   * API; of 16 on smaller planes 0.6 to 1.7.
   */
  private static final long MOST_GROUPED_CHANNELS_F32 = 8;

  private static final long LEAST_GROUPED_PIXELS_F32 = 14 * 14;

  // With AVX-512 columns are multiplied faster: groups of 4, 8 and 16 take 1.2 to 3.6 of their time
  // forward, 4 to 4 channels without groups 0.9 to 1.7, so columns compute both there. Two threads
  // of an Intel Xeon (family 6 model 167), portable kernels.

  /**
   * Depthwise weights' gradients on such a CPU, but for those cut into bands from one output
   * channel of each input channel: planes of 14² and 28² take 1.1 to 2.6 at stride 1, smaller and
   * larger ones 0.4 to 1, strided ones 0.4 to 1. Bands take 0.6 to 1.3, with the Vector API 0.35 to
   * 0.9; from two output channels 1.2 to 1.9.
   */
  private static final long LEAST_COLUMN_PLANE = 8 * 8;

  private static final long MOST_COLUMN_PLANE = 48 * 48;

  /**
   * Taps of a kernel's row up to which bands are faster than strips where sums are over several
   * channels: 3 to 3 channels of 256² and 1024², 3×3, take 0.8 to 0.9 of the time, AMD Zen 3.
   */
  private static final long MOST_BAND_TAPS = 3;

  // Without groups, one thread of AMD EPYC (family 25 model 1, AVX2), 1 to 4 channels on both
  // sides, kernels of 1 to 63 on planes of 8² to 1024²: the forward pass and the input's gradient
  // take 0.05 to 0.9 of the columns' time, but for what the next constants leave out.

  /** Channels on either side. */
  private static final long MOST_CHANNELS = 4;

  /** Of more pairs, smaller planes and strided passes take 0.4 to 1.5. */
  private static final long MOST_PAIRS = 9;

  private static final long LEAST_PIXELS = 16 * 16;

  /**
   * Kernels of one weight: on smaller planes they take 0.6 to 1.9, from here on 0.3 to 1.05. Of
   * more than one pair, planes of 512² and 1024² take 1 to 1.8: memory bounds both.
   */
  private static final long LEAST_POINTWISE_PIXELS = 32 * 32;

  private static final long MOST_POINTWISE_PIXELS = 256 * 256;

  /** Larger strides were not measured. */
  private static final long MOST_STRIDE = 2;

  /**
   * Targets of a kernel of one column in double precision: its sums are moved for every tap. One or
   * two take 0.4 to 0.9, three 0.4 to 1, four 0.7 to 2.2.
   */
  private static final long MOST_COLUMN_TARGETS = 2;

  // The weights' gradient on the same machine, at stride 1, planes of 16² to 1024². To one channel
  // in single precision it takes 0.2 to 0.9, and 1.1 with 15×15 weights on 16².

  private static final long LEAST_GRADIENT_PIXELS = 16 * 16;

  /** To one channel in double precision 0.6 to 1 with so many weights a plane. */
  private static final long LEAST_GRADIENT_WEIGHTS_F64 = 225;

  /** From several channels, on planes of 64² and more, so many do: 0.6 to 0.9. */
  private static final long LEAST_JOINT_GRADIENT_WEIGHTS_F64 = 81;

  private static final long LEAST_JOINT_GRADIENT_PIXELS_F64 = 64 * 64;

  /** From one channel to one, fewer do on such planes: 0.7 to 0.85; else 0.7 to 3.3. */
  private static final long LEAST_SINGLE_GRADIENT_PIXELS_F64 = 1024 * 1024;

  /** To two and three channels in single precision 0.25 to 0.6 with so few weights a plane... */
  private static final long MOST_SHARED_GRADIENT_WEIGHTS = 25;

  private static final long MOST_SHARED_GRADIENT_TARGETS = 3;

  /** ... on planes of this size; on smaller ones 0.4 to 2, with more weights 0.8 to 3.6. */
  private static final long LEAST_SHARED_GRADIENT_PIXELS = 256 * 256;

  /** Weights a plane up to which any of this pays; with 63×63, 1.6 to 2.8... */
  private static final long MOST_GRADIENT_WEIGHTS = 39 * 39;

  /** ... but on planes up to this size, in single precision and to one channel, 0.5. */
  private static final long MOST_SMALL_GRADIENT_PIXELS = 64 * 64;

  /** Kernels of one weight, in double precision: 0.2 to 1.2 from here on between 3 channels. */
  private static final long MOST_POINTWISE_GRADIENT_CHANNELS = 3;

  private static final long LEAST_POINTWISE_GRADIENT_PIXELS_F64 = 128 * 128;

  /** In single precision 0.15 to 0.7 from here on, of {@link #MOST_PAIRS}; else 0.3 to 4.5. */
  private static final long LEAST_POINTWISE_GRADIENT_PIXELS = 256 * 256;

  private final Supplier<CoreKind> core;

  /** For the core of this machine. */
  public DirectAlgorithm() {
    this(CoreKind::current);
  }

  /** For a kind of core that is asked for where it matters. */
  public DirectAlgorithm(Supplier<CoreKind> core) {
    this.core = core;
  }

  @Override
  public String name() {
    return "DIRECT";
  }

  @Override
  public String refusal(ConvProblem problem) {
    double least = leastBytes(problem);
    if (cap(problem) >= least) {
      return null;
    }
    return String.format(
        "maxWorkspaceBytes: is %d, DIRECT needs at least %.0f for this shape, and 2^31 at most",
        problem.maxWorkspaceBytes(), least);
  }

  /** Returns the scratch bytes allowed: within a tile, positions are counted in 32 bits. */
  private static long cap(ConvProblem problem) {
    return Math.min(problem.maxWorkspaceBytes(), Integer.MAX_VALUE);
  }

  @Override
  public boolean pays(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    // One multiply over the batch is faster than any loops.
    boolean dense = geometry.isDense() && geometry.groups() == 1;
    return problem.fitsBlas()
        && !dense
        && switch (problem.pass()) {
          case FORWARD ->
              isDepthwise(geometry)
                  || isCropped(geometry)
                  || isGroupedF32(problem)
                  || hasFewChannels(problem);
          case BACKWARD_INPUT ->
              isDepthwise(geometry)
                  || isCropped(geometry)
                  || (geometry.isStrided() && isGroupedBy(geometry, MOST_STRIDED_CHANNELS))
                  || hasFewChannels(problem);
          case BACKWARD_WEIGHTS -> hasDepthwiseGradient(problem) || hasShortGradient(problem);
        };
  }

  private boolean hasFewChannels(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    if (!isSmall(geometry) || Math.max(geometry.strideH(), geometry.strideW()) > MOST_STRIDE) {
      return false;
    }
    boolean adjoint = problem.pass() == ConvPass.BACKWARD_INPUT;
    long pairs = geometry.inChannels() * geometry.outChannels();
    long targets = adjoint ? geometry.inChannels() : geometry.outChannels();
    long pixels = geometry.outPlane();
    boolean moved =
        geometry.kernelW() == 1
            && geometry.kernelH() > 1
            && problem.type() == ElementType.F64
            && targets > MOST_COLUMN_TARGETS;
    boolean pointwise = geometry.kernelPlane() == 1;
    return (pairs <= MOST_PAIRS
            || (pixels >= LEAST_PIXELS && !geometry.isStrided() && !hasFastColumns()))
        && (!pointwise || pixels >= LEAST_POINTWISE_PIXELS)
        && (!pointwise || pairs == 1 || pixels <= MOST_POINTWISE_PIXELS)
        && !moved
        && (strips(problem) != null
            || DirectConvolutionTiling.of(geometry, problem.type(), adjoint, cap(problem))
                .isDeep());
  }

  private static boolean isSmall(ConvGeometry geometry) {
    return geometry.groups() == 1
        && Math.max(geometry.inChannels(), geometry.outChannels()) <= MOST_CHANNELS;
  }

  private static boolean hasShortGradient(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    long weights = geometry.kernelPlane();
    long pixels = geometry.outPlane();
    if (!isSmall(geometry) || geometry.isStrided() || pixels < LEAST_GRADIENT_PIXELS) {
      return false;
    }
    boolean f64 = problem.type() == ElementType.F64;
    boolean toOne = geometry.outChannels() == 1;
    if (weights == 1) {
      return f64 ? hasPointwiseGradientF64(geometry) : hasPointwiseGradient(geometry);
    }
    if (weights > MOST_GRADIENT_WEIGHTS) {
      return !f64 && toOne && pixels <= MOST_SMALL_GRADIENT_PIXELS;
    }
    if (toOne) {
      return !f64 || weights >= LEAST_GRADIENT_WEIGHTS_F64 || hasLongGradientF64(geometry);
    }
    return !f64
        && geometry.outChannels() <= MOST_SHARED_GRADIENT_TARGETS
        && weights <= MOST_SHARED_GRADIENT_WEIGHTS
        && pixels >= LEAST_SHARED_GRADIENT_PIXELS;
  }

  private static boolean hasPointwiseGradientF64(ConvGeometry geometry) {
    return Math.max(geometry.inChannels(), geometry.outChannels())
            <= MOST_POINTWISE_GRADIENT_CHANNELS
        && geometry.outPlane() >= LEAST_POINTWISE_GRADIENT_PIXELS_F64;
  }

  private static boolean hasPointwiseGradient(ConvGeometry geometry) {
    return geometry.outPlane() >= LEAST_POINTWISE_GRADIENT_PIXELS
        ? geometry.inChannels() * geometry.outChannels() <= MOST_PAIRS
        : geometry.outChannels() == 1 && geometry.inChannels() <= MOST_POINTWISE_GRADIENT_CHANNELS;
  }

  private static boolean hasLongGradientF64(ConvGeometry geometry) {
    return geometry.inChannels() > 1
        ? geometry.kernelPlane() >= LEAST_JOINT_GRADIENT_WEIGHTS_F64
            && geometry.outPlane() >= LEAST_JOINT_GRADIENT_PIXELS_F64
        : Math.min(geometry.kernelH(), geometry.kernelW()) > 1
            && geometry.outPlane() >= LEAST_SINGLE_GRADIENT_PIXELS_F64;
  }

  private static boolean isDepthwise(ConvGeometry geometry) {
    return geometry.groups() > 1
        && geometry.groupInChannels() == 1
        && geometry.groupOutChannels() <= MOST_MULTIPLIER;
  }

  private boolean hasDepthwiseGradient(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    return isDepthwise(geometry)
        && (geometry.isStrided()
            || geometry.outPlane() < LEAST_COLUMN_PLANE
            || geometry.outPlane() > MOST_COLUMN_PLANE
            || !hasFastColumns()
            || hasBandGradient(problem));
  }

  private static boolean hasBandGradient(ConvProblem problem) {
    return problem.geometry().groupOutChannels() == 1
        && BandGradientTiling.of(problem.geometry(), problem.type(), cap(problem)) != null;
  }

  /** Returns whether the core multiplies small matrices as they lie. */
  private boolean hasFastColumns() {
    return core.get() == CoreKind.AVX512;
  }

  private static boolean isCropped(ConvGeometry geometry) {
    return isGroupedBy(geometry, MOST_CROPPED_CHANNELS)
        && !geometry.isStrided()
        && geometry.outW() != geometry.inW();
  }

  private boolean isGroupedF32(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    return problem.type() == ElementType.F32
        && isGroupedBy(geometry, MOST_GROUPED_CHANNELS_F32)
        && !hasFastColumns()
        && geometry.kernelPlane() > 1
        && geometry.outPlane() >= LEAST_GROUPED_PIXELS_F32
        && Math.max(geometry.strideH(), geometry.strideW()) <= MOST_STRIDE;
  }

  private static boolean isGroupedBy(ConvGeometry geometry, long mostChannels) {
    return geometry.groups() > 1
        && geometry.groupInChannels() <= mostChannels
        && geometry.groupOutChannels() <= mostChannels;
  }

  @Override
  public boolean multiplies() {
    return false;
  }

  @Override
  public PassPlan plan(ConvProblem problem) {
    return switch (problem.pass()) {
      case FORWARD -> convolution(problem, false);
      case BACKWARD_INPUT -> ifFinite(problem, convolution(problem, true));
      case BACKWARD_WEIGHTS -> backwardWeights(problem);
    };
  }

  private static PassPlan convolution(ConvProblem problem, boolean adjoint) {
    ElementType type = problem.type();
    Epilogue epilogue = problem.epilogue();
    StripTiling strips = strips(problem);
    boolean fewTaps =
        problem.geometry().kernelW() <= MOST_BAND_TAPS && strips != null && strips.sources() > 1;
    BandTiling bands =
        strips == null || (Kernels.useVectors() && fewTaps)
            ? BandTiling.of(problem.geometry(), type, adjoint, Kernels.useVectors(), cap(problem))
            : null;
    if (bands != null) {
      return new PassPlan(
          bands,
          (source, weight, bias, target) ->
              type == ElementType.F64
                  ? new F64BandConvolution(bands, source, weight, bias, epilogue, target)
                  : new F32BandConvolution(bands, source, weight, bias, epilogue, target));
    }
    if (strips != null) {
      return new PassPlan(
          strips,
          (source, weight, bias, target) ->
              type == ElementType.F64
                  ? new F64StripConvolution(strips, source, weight, bias, epilogue, target)
                  : new F32StripConvolution(strips, source, weight, bias, epilogue, target));
    }
    DirectConvolutionTiling tiling =
        DirectConvolutionTiling.of(problem.geometry(), type, adjoint, cap(problem));
    return new PassPlan(
        tiling,
        (source, weight, bias, target) ->
            type == ElementType.F64
                ? new F64DirectConvolution(tiling, source, weight, bias, epilogue, target)
                : new F32DirectConvolution(tiling, source, weight, bias, epilogue, target));
  }

  private static StripTiling strips(ConvProblem problem) {
    boolean adjoint = problem.pass() == ConvPass.BACKWARD_INPUT;
    return StripTiling.of(
        problem.geometry(), problem.type(), adjoint, Kernels.useVectors(), cap(problem));
  }

  /** Takes the definition instead where a weight is not finite. */
  private static PassPlan ifFinite(ConvProblem problem, PassPlan plan) {
    ConvGeometry geometry = problem.geometry();
    ElementType type = problem.type();
    long weights = geometry.weights();
    KnownWeights known = new KnownWeights(geometry, type, problem.epilogue(), plan.operation());
    return new PassPlan(
        plan.tiling(),
        (gradOutput, weight, bias, gradInput) ->
            known.task(
                Elements.allFinite(type, weight, 0, weights), gradOutput, weight, bias, gradInput),
        known);
  }

  private static PassPlan backwardWeights(ConvProblem problem) {
    ElementType type = problem.type();
    BandGradientTiling bands = BandGradientTiling.of(problem.geometry(), type, cap(problem));
    if (bands != null) {
      boolean vectors = Kernels.useVectors();
      return new PassPlan(
          bands,
          (input, gradOutput, bias, gradWeights) ->
              type == ElementType.F64
                  ? new F64BandBackwardWeights(bands, vectors, input, gradOutput, gradWeights)
                  : new F32BandBackwardWeights(bands, vectors, input, gradOutput, gradWeights));
    }
    DirectBackwardWeightsTiling tiling =
        DirectBackwardWeightsTiling.of(problem.geometry(), type, cap(problem));
    return new PassPlan(
        tiling,
        (input, gradOutput, bias, gradWeights) ->
            type == ElementType.F64
                ? new F64DirectBackwardWeights(tiling, input, gradOutput, gradWeights)
                : new F32DirectBackwardWeights(tiling, input, gradOutput, gradWeights));
  }

  /**
   * Returns bytes that a tile of any plan can be cut down to: what one target reads of one channel.
   * A double, since that may be beyond a long.
   */
  private static double leastBytes(ConvProblem problem) {
    ConvGeometry g = problem.geometry();
    double element = problem.type().bytes();
    double height = 1 + Math.floor((g.kernelH() - 1.0) * g.dilationH() / g.strideH());
    double reach = Math.floor((g.kernelW() - 1.0) * g.dilationW() / g.strideW());
    double pitch = 1 + Math.min(reach, (double) Math.max(g.inW(), g.outW()));
    double rowPhases = Math.min(g.kernelH(), g.strideH());
    double columnPhases = Math.min(g.kernelW(), g.strideW());
    double kernel = (double) g.kernelH() * g.kernelW();
    double sources = rowPhases * g.kernelW() + columnPhases;
    double others =
        problem.pass() == ConvPass.BACKWARD_WEIGHTS
            ? g.kernelW() * rowPhases + DirectBackwardWeightsTiling.GRADIENTS
            : rowPhases * columnPhases;
    return (sources + others) * (height * pitch * element + TapCut.ARRAY_BYTES) + kernel * element;
  }
}
