package io.github.colonnade;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A pool, forward and backward, sliding or adaptive.
 *
 * @param adaptiveH rows of an adaptive pool's output, 0 for a sliding one
 */
record FuzzPool(
    PoolCase geometry,
    long adaptiveH,
    long adaptiveW,
    boolean max,
    AverageDivisor divisor,
    DType dtype,
    FuzzValues values,
    FuzzMemory.Kind memory,
    int threads,
    int otherThreads,
    long seed)
    implements FuzzCase {

  /** What an average divides by. */
  enum AverageDivisor {
    PADDED,
    INSIDE,
    SEVEN;

    double of(long inside, long padded) {
      return switch (this) {
        case PADDED -> padded;
        case INSIDE -> inside;
        case SEVEN -> 7;
      };
    }
  }

  static FuzzPool drawMax(SplittableRandom random) {
    return draw(random, true);
  }

  static FuzzPool drawAverage(SplittableRandom random) {
    return draw(random, false);
  }

  private static FuzzPool draw(SplittableRandom random, boolean max) {
    boolean adaptive = random.nextInt(4) == 0;
    FuzzPool drawn;
    do {
      PoolCase small = PoolCase.random(random);
      if (random.nextBoolean()) {
        small = larger(random, small);
      }
      drawn =
          new FuzzPool(
              max ? small : small.dilation(1, 1),
              adaptive ? FuzzConvolution.size(random, 40) : 0,
              adaptive ? FuzzConvolution.size(random, 40) : 0,
              max,
              adaptive ? AverageDivisor.INSIDE : Fuzz.any(random, AverageDivisor.values()),
              random.nextBoolean() ? DType.F64 : DType.F32,
              FuzzValues.draw(random),
              FuzzMemory.Kind.draw(random),
              random.nextInt(1, 9),
              random.nextInt(1, 9),
              random.nextLong());
    } while (drawn.loops().outputs(1) == 0);
    return drawn;
  }

  static PoolCase larger(SplittableRandom random, PoolCase small) {
    return new PoolCase(
        FuzzConvolution.size(random, 6),
        FuzzConvolution.size(random, 20),
        FuzzConvolution.size(random, 90),
        FuzzConvolution.size(random, 90),
        small.kh(),
        small.kw(),
        small.sh(),
        small.sw(),
        small.padding(),
        small.dh(),
        small.dw(),
        small.ceilMode(),
        small.rule());
  }

  private PoolLoops loops() {
    return adaptiveH == 0
        ? geometry.loops()
        : new PoolLoops(
            PoolLoops.Axis.adaptive(geometry.h(), adaptiveH),
            PoolLoops.Axis.adaptive(geometry.w(), adaptiveW));
  }

  @Override
  public long run() {
    SplittableRandom random = new SplittableRandom(seed);
    try (Arena arena = Arena.ofConfined();
        FuzzMemory places = new FuzzMemory(random, memory)) {
      Tensor input = Tensor.allocate(arena, dtype, geometry.inputShape());
      values.fill(random, input);
      return max ? runMax(random, arena, places, input) : runAverage(random, arena, places, input);
    }
  }

  private MaxPooling2d maxPool(int count) {
    return adaptiveH == 0
        ? geometry.maxPool(count)
        : AdaptiveMaxPool2d.of(adaptiveH, adaptiveW).withThreads(count);
  }

  private AvgPooling2d averagePool(int count) {
    if (adaptiveH > 0) {
      return AdaptiveAvgPool2d.of(adaptiveH, adaptiveW).withThreads(count);
    }
    AvgPool2d.Builder builder = geometry.avgPool().threads(count);
    return switch (divisor) {
      case PADDED -> builder.countIncludePad(true).build();
      case INSIDE -> builder.countIncludePad(false).build();
      case SEVEN -> builder.divisorOverride(7).build();
    };
  }

  private long runMax(SplittableRandom random, Arena arena, FuzzMemory places, Tensor input) {
    double[] pixels = input.toDoubleArray();
    long[] found = loops().argMax(pixels);
    long plane = geometry.h() * geometry.w();
    double[] maxima =
        Arrays.stream(found)
            .mapToDouble(at -> at < 0 ? Double.NEGATIVE_INFINITY : pixels[(int) at])
            .toArray();
    double[] positions = Arrays.stream(found).mapToDouble(at -> at < 0 ? -1 : at % plane).toArray();

    MaxPooling2d pool = maxPool(threads);
    long[] shape = pool.outputShape(input.shape());
    Tensor placed = places.input(input);
    Tensor plain = places.output(dtype, shape);
    Tensor output = places.output(dtype, shape);
    Tensor indices = places.output(DType.I64, shape);
    pool.forward(placed, plain);
    places.forget();
    pool.forward(placed, output, indices);
    FuzzChecks.requireSame("output", maxima, plain);
    FuzzChecks.requireSame("output with indices", maxima, output);
    FuzzChecks.requireSame("indices", positions, indices);

    Tensor gradOutput = Tensor.allocate(arena, dtype, shape);
    FuzzValues.UNIFORM.fill(random, gradOutput);
    Tensor expected = Tensor.allocate(arena, DType.F64, input.shape());
    Tensor magnitudes = Tensor.allocate(arena, DType.F64, input.shape());
    for (int i = 0; i < found.length; i++) {
      if (found[i] >= 0) {
        expected.set(found[i], expected.get(found[i]) + gradOutput.get(i));
        magnitudes.set(found[i], magnitudes.get(found[i]) + Math.abs(gradOutput.get(i)));
      }
    }
    Tensor placedGradient = places.input(gradOutput);
    Tensor recomputed = places.output(dtype, input.shape());
    Tensor scattered = places.output(dtype, input.shape());
    pool.backward(placed, placedGradient, recomputed);
    places.forget();
    maxPool(otherThreads).backwardFromIndices(places.input(indices), placedGradient, scattered);
    requireSums("gradInput", expected, recomputed, magnitudes, found.length);
    FuzzChecks.requireBits("gradInput from indices", recomputed, scattered);
    return FuzzChecks.hash(FuzzChecks.hash(FuzzChecks.hash(1, output), indices), recomputed);
  }

  private long runAverage(SplittableRandom random, Arena arena, FuzzMemory places, Tensor input) {
    PoolLoops loops = loops();
    long planes = geometry.n() * geometry.c();
    AvgPooling2d pool = averagePool(threads);
    long[] shape = pool.outputShape(input.shape());
    Tensor placed = places.input(input);
    Tensor output = places.output(dtype, shape);
    pool.forward(placed, output);
    double[] pixels = input.toDoubleArray();
    long taps = loops.vertical().size() * loops.horizontal().size();
    requireSums(
        "output",
        Tensor.copyOf(arena, loops.average(divisor::of, pixels), shape),
        output,
        Tensor.copyOf(arena, loops.average(divisor::of, magnitudes(pixels)), shape),
        taps);

    Tensor gradOutput = Tensor.allocate(arena, dtype, shape);
    values.fill(random, gradOutput);
    double[] gradients = gradOutput.toDoubleArray();
    Tensor placedGradient = places.input(gradOutput);
    Tensor gradInput = places.output(dtype, input.shape());
    pool.backward(placedGradient, gradInput);
    requireSums(
        "gradInput",
        gradient(arena, loops, planes, gradients),
        gradInput,
        gradient(arena, loops, planes, magnitudes(gradients)),
        gradients.length);

    Tensor again = places.output(dtype, shape);
    averagePool(otherThreads).forward(placed, again);
    FuzzChecks.requireBits("output by other threads", output, again);
    Tensor gradientAgain = places.output(dtype, input.shape());
    averagePool(otherThreads).backward(placedGradient, gradientAgain);
    FuzzChecks.requireBits("gradInput by other threads", gradInput, gradientAgain);
    return FuzzChecks.hash(FuzzChecks.hash(1, output), gradInput);
  }

  private Tensor gradient(Arena arena, PoolLoops loops, long planes, double... gradients) {
    return Tensor.copyOf(
        arena, loops.averageGradient(planes, divisor::of, gradients), geometry.inputShape());
  }

  private static double[] magnitudes(double... values) {
    return Arrays.stream(values).map(FuzzChecks::magnitude).toArray();
  }

  private static void requireSums(
      String what, Tensor expected, Tensor actual, Tensor magnitudes, long terms) {
    FuzzChecks.requireSums(what, expected, actual, magnitudes, terms, Algorithm.REFERENCE);
  }
}
