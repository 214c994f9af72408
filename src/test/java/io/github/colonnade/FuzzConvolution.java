package io.github.colonnade;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A convolution or a transposed one, forward and all gradients, with any algorithm, cap and number
 * of threads.
 *
 * @param values the kinds of values of input, weight, bias and output's gradient
 * @param otherThreads threads of the call that must give the same bits
 * @param seed of the values and of their places
 */
record FuzzConvolution(
    Convolution<?> conv,
    List<Long> shape,
    PlanOptions options,
    DType dtype,
    boolean biased,
    List<FuzzValues> values,
    FuzzMemory.Kind memory,
    int otherThreads,
    long seed)
    implements FuzzCase {
  private static final double MOST_PRODUCTS = 1e7;

  static FuzzConvolution draw(SplittableRandom random) {
    // Many small ones, few large: the definition takes its time.
    double products = 1000 + MOST_PRODUCTS * Math.pow(random.nextDouble(), 4);
    FuzzConvolution drawn;
    do {
      drawn = drawAnySize(random);
    } while (drawn.plan(Algorithm.REFERENCE).flops() > 2 * products);
    return drawn;
  }

  private static FuzzConvolution drawAnySize(SplittableRandom random) {
    Convolution<?> conv;
    long[] shape;
    List<Algorithm> algorithms;
    if (random.nextInt(4) == 0) {
      ConvTransposeCase small = ConvTransposeCase.random(random);
      conv = small.conv();
      shape = small.inputShape();
      algorithms = Algorithms.suiting(small);
    } else {
      ConvCase small = random.nextBoolean() ? ConvCase.random(random) : large(random);
      conv = small.conv();
      shape = small.inputShape();
      algorithms = Algorithms.suiting(small);
    }
    Algorithm algorithm = algorithms.get(random.nextInt(algorithms.size()));
    PlanOptions options =
        PlanOptions.defaults()
            .withAlgorithm(algorithm)
            .withThreads(random.nextInt(1, 9))
            .withExact(!Algorithms.mixes(algorithm) && random.nextInt(4) == 0);
    if (algorithm == Algorithm.AUTO && random.nextBoolean()) {
      options = options.withMaxWorkspaceBytes(1L << random.nextInt(26));
    }
    if (random.nextInt(4) == 0) {
      options = options.withActivation(Activation.RELU);
    }
    return new FuzzConvolution(
        conv,
        Arrays.stream(shape).boxed().toList(),
        options,
        random.nextBoolean() ? DType.F64 : DType.F32,
        random.nextBoolean(),
        List.of(
            FuzzValues.draw(random),
            FuzzValues.draw(random),
            FuzzValues.draw(random),
            FuzzValues.draw(random)),
        FuzzMemory.Kind.draw(random),
        random.nextInt(1, 9),
        random.nextLong());
  }

  /** Draws channels, planes and kernels of very different sizes. */
  private static ConvCase large(SplittableRandom random) {
    long groups = random.nextInt(5) == 0 ? size(random, 32) : 1;
    boolean depthwise = groups > 1 && random.nextBoolean();
    long kh = random.nextInt(3) > 0 ? 3 : size(random, 13);
    long kw = random.nextInt(4) > 0 ? kh : size(random, 13);
    boolean strided = random.nextInt(3) == 0;
    Padding padding =
        switch (random.nextInt(4)) {
          case 0 -> Padding.VALID;
          case 1 -> Padding.SAME_UPPER;
          default -> Padding.of(kh / 2, kw / 2, kh / 2, kw / 2);
        };
    return new ConvCase(
        size(random, 70),
        groups * (depthwise ? 1 : size(random, 200)),
        kh + size(random, 100) - 1,
        kw + size(random, 100) - 1,
        groups * (depthwise ? random.nextInt(1, 4) : size(random, 200)),
        kh,
        kw,
        strided ? random.nextInt(1, 4) : 1,
        strided ? random.nextInt(1, 4) : 1,
        padding,
        1,
        1,
        groups);
  }

  /** Draws from 1 to {@code most}, small ones as often as large ones. */
  static long size(SplittableRandom random, long most) {
    return (long) Math.exp(random.nextDouble(Math.log(most + 1.0)));
  }

  private ConvPlan plan(Algorithm algorithm) {
    return conv.plan(PlanOptions.defaults().withAlgorithm(algorithm), DType.F64, sizes());
  }

  private long[] sizes() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }

  @Override
  public long run() {
    SplittableRandom random = new SplittableRandom(seed);
    ConvPlan plan = conv.plan(options.withActivation(Activation.NONE), dtype, sizes());
    ConvPlan activated = conv.plan(options, dtype, sizes());
    ConvPlan elsewhere = conv.plan(options.withThreads(otherThreads), dtype, sizes());
    try (Arena arena = Arena.ofConfined();
        FuzzMemory places = new FuzzMemory(random, memory)) {
      Tensor x = values(random, arena, 0, plan.inputShape());
      Tensor w = values(random, arena, 1, plan.weightShape());
      Tensor b = biased ? values(random, arena, 2, plan.outputShape()[1]) : null;
      Tensor g = values(random, arena, 3, plan.outputShape());
      Gradients expected = new Gradients(arena, plan(Algorithm.REFERENCE));
      Gradients sizes = new Gradients(arena, plan(Algorithm.REFERENCE));
      expected.compute(f64(arena, x), f64(arena, w), f64(arena, b), f64(arena, g));
      sizes.compute(finite(arena, x), finite(arena, w), finite(arena, b), finite(arena, g));

      Tensor px = places.input(x);
      Tensor pw = places.input(w);
      Tensor pb = places.input(b);
      Tensor pg = places.input(g);
      Gradients made = new Gradients(places, dtype, plan);
      made.compute(px, pw, pb, pg);
      compare(
          "output",
          Pass.FORWARD,
          plan,
          expected.output,
          made.output,
          sizes.output,
          largest(x) * largest(w));
      compare(
          "gradInput",
          Pass.BACKWARD_INPUT,
          plan,
          expected.input,
          made.input,
          sizes.input,
          largest(g) * largest(w));
      compare(
          "gradWeights",
          Pass.BACKWARD_WEIGHTS,
          plan,
          expected.weights,
          made.weights,
          sizes.weights,
          largest(x) * largest(g));
      compare("gradBias", Pass.BACKWARD_BIAS, plan, expected.bias, made.bias, sizes.bias, 0);

      Gradients again = new Gradients(places, dtype, elsewhere);
      again.workspaces(places);
      again.compute(px, pw, pb, pg);
      relu(made.output);
      FuzzChecks.requireBits("output by other threads", made.output, again.output);
      FuzzChecks.requireBits("gradInput by other threads", made.input, again.input);
      FuzzChecks.requireBits("gradWeights by other threads", made.weights, again.weights);
      FuzzChecks.requireBits("gradBias by other threads", made.bias, again.bias);

      PreparedWeights prepared = activated.prepare(places.arena(), pw);
      Tensor output = places.output(dtype, plan.outputShape());
      activated.forward(px, prepared, pb, output);
      FuzzChecks.requireBits("output by prepared weights", made.output, output);
      Tensor gradInput = places.output(dtype, plan.inputShape());
      activated.backwardInput(pg, prepared, gradInput);
      FuzzChecks.requireBits("gradInput by prepared weights", made.input, gradInput);
      return made.hash();
    }
  }

  private void compare(
      String what,
      Pass pass,
      ConvPlan plan,
      Tensor right,
      Tensor found,
      Tensor magnitudes,
      double largestProduct) {
    long terms =
        switch (pass) {
          case FORWARD -> plan.weightShape()[1] * plan.weightShape()[2] * plan.weightShape()[3] + 1;
          case BACKWARD_INPUT ->
              plan.weightShape()[0] * plan.weightShape()[2] * plan.weightShape()[3];
          case BACKWARD_WEIGHTS, BACKWARD_BIAS ->
              plan.outputShape()[0] * plan.outputShape()[2] * plan.outputShape()[3];
        };
    if (conv instanceof ConvTranspose2d && pass != Pass.BACKWARD_BIAS) {
      terms =
          Math.max(terms, plan.weightShape()[0] * plan.weightShape()[2] * plan.weightShape()[3]);
      terms = Math.max(terms, plan.inputShape()[0] * plan.inputShape()[2] * plan.inputShape()[3]);
    }
    FuzzChecks.requireSums(
        what, right, found, magnitudes, terms, plan.algorithm(pass), largestProduct);
  }

  /** Returns the largest magnitude, or the least normal one: what is less is rounded like that. */
  private static double largest(Tensor tensor) {
    double least = tensor.dtype() == DType.F64 ? Double.MIN_NORMAL : Float.MIN_NORMAL;
    return Arrays.stream(tensor.toDoubleArray())
        .map(FuzzChecks::magnitude)
        .reduce(least, Math::max);
  }

  private void relu(Tensor output) {
    for (long i = 0; options.activation() == Activation.RELU && i < output.elementCount(); i++) {
      output.set(i, output.get(i) < 0 ? 0 : output.get(i));
    }
  }

  private Tensor values(SplittableRandom random, Arena arena, int operand, long... sizes) {
    Tensor tensor = Tensor.allocate(arena, dtype, sizes);
    values.get(operand).fill(random, tensor);
    return tensor;
  }

  private static Tensor f64(Arena arena, Tensor tensor) {
    return tensor == null ? null : Tensor.copyOf(arena, tensor.toDoubleArray(), tensor.shape());
  }

  /** Returns magnitudes; what is not finite counts as nothing. */
  private static Tensor finite(Arena arena, Tensor tensor) {
    if (tensor == null) {
      return null;
    }
    double[] copy = tensor.toDoubleArray();
    Arrays.setAll(copy, i -> FuzzChecks.magnitude(copy[i]));
    return Tensor.copyOf(arena, copy, tensor.shape());
  }

  /** What all passes of a plan make. */
  private static final class Gradients {
    private final ConvPlan plan;
    private final Tensor output;
    private final Tensor input;
    private final Tensor weights;
    private final Tensor bias;
    private final Map<Pass, Workspace> workspaces = new EnumMap<>(Pass.class);
    private final Runnable before;

    Gradients(Arena arena, ConvPlan plan) {
      this.plan = plan;
      before = () -> {};
      output = Tensor.allocate(arena, plan.dtype(), plan.outputShape());
      input = Tensor.allocate(arena, plan.dtype(), plan.inputShape());
      weights = Tensor.allocate(arena, plan.dtype(), plan.weightShape());
      bias = Tensor.allocate(arena, plan.dtype(), plan.outputShape()[1]);
    }

    Gradients(FuzzMemory places, DType dtype, ConvPlan plan) {
      this.plan = plan;
      before = places::forget;
      output = places.output(dtype, plan.outputShape());
      input = places.output(dtype, plan.inputShape());
      weights = places.output(dtype, plan.weightShape());
      bias = places.output(dtype, plan.outputShape()[1]);
    }

    void workspaces(FuzzMemory places) {
      for (Pass pass : Pass.values()) {
        workspaces.put(pass, OperatorCalls.workspace(places.arena(), plan, pass));
      }
    }

    void compute(Tensor x, Tensor w, Tensor b, Tensor g) {
      before.run();
      plan.forward(x, w, b, output, workspaces.get(Pass.FORWARD));
      before.run();
      plan.backwardInput(g, w, input, workspaces.get(Pass.BACKWARD_INPUT));
      before.run();
      plan.backwardWeights(x, g, weights, workspaces.get(Pass.BACKWARD_WEIGHTS));
      before.run();
      plan.backwardBias(g, bias, workspaces.get(Pass.BACKWARD_BIAS));
    }

    long hash() {
      long hash = FuzzChecks.hash(1, output);
      hash = FuzzChecks.hash(hash, input);
      hash = FuzzChecks.hash(hash, weights);
      return FuzzChecks.hash(hash, bias);
    }
  }
}
