package io.github.colonnade.cli.bench;

import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.Pass;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.PreparedWeights;
import io.github.colonnade.Tensor;
import io.github.colonnade.Workspace;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;

/**
 * Times layers: best of repeated calls after warm-up, with inputs, outputs and scratch memory
 * allocated and filled beforehand.
 */
public final class LayerTimer {
  private static final long SEED = 42;

  /** Windows without a gain after which timing ends, and the most windows. */
  private static final int STEADY_WINDOWS = 2;

  private static final int MOST_WINDOWS = 12;

  /** A window is a gain when it takes less than this share of the best before. */
  private static final double LEAST_GAIN = 0.97;

  private final BenchPass pass;
  private final PlanOptions options;
  private final boolean prepared;
  private final double seconds;

  /**
   * Makes a timer that passes weights as they are.
   *
   * @param pass what of each layer to time
   * @param options algorithm and threads
   * @param seconds of a window of calls, as below
   */
  public LayerTimer(BenchPass pass, PlanOptions options, double seconds) {
    this(pass, options, /* prepared= */ false, seconds);
  }

  /**
   * Makes a timer.
   *
   * @param pass what of each layer to time
   * @param options algorithm and threads
   * @param prepared whether the forward pass takes weights that were prepared beforehand
   * @param seconds of a window of calls; each layer and each bare multiply takes several. {@code
   *     -Dcolonnade.bench.seconds} takes precedence, for tests that ignore the figures
   */
  public LayerTimer(BenchPass pass, PlanOptions options, boolean prepared, double seconds) {
    this.pass = pass;
    this.options = options;
    this.prepared = prepared;
    this.seconds = windowSeconds(seconds);
  }

  /** Returns the length of a window: what a test wants, or else this. */
  static double windowSeconds(double seconds) {
    return Double.parseDouble(
        System.getProperty("colonnade.bench.seconds", String.valueOf(seconds)));
  }

  /**
   * Times one layer. The first one measured pays for the compilation of the code that all share,
   * more than its warming up covers: measure one to throw away.
   *
   * @throws IllegalArgumentException if the layer's sizes do not go together
   */
  public Measurement measure(Layer layer, DType dtype) {
    Conv2dPlan plan = plan(layer, dtype);
    double ms;
    double gemmMs;
    try {
      ms =
          pass == BenchPass.FORWARD
              ? forwardMillis(layer, plan, dtype)
              : backwardMillis(layer, plan, dtype);
      gemmMs = multiplyMillis(layer, plan, dtype);
    } catch (OutOfMemoryError tooLarge) {
      throw new OutOfMemoryError("layer " + layer.name() + ": " + tooLarge.getMessage());
    }
    double flops = pass.flops(plan);
    return new Measurement(
        layer.name(),
        pass,
        dtype,
        options.threads(),
        pass.algorithm(plan),
        ms,
        flops / ms / 1e6,
        gemmMs,
        flops / gemmMs / 1e6,
        workspaceBytes(plan));
  }

  /** Checks a layer's sizes and plans it, which takes no time and next to no memory. */
  public Conv2dPlan plan(Layer layer, DType dtype) {
    return layer.conv2d(options.withPreparedWeights(prepared)).plan(dtype, layer.inputShape());
  }

  private long workspaceBytes(Conv2dPlan plan) {
    return pass == BenchPass.FORWARD
        ? plan.workspaceBytes(Pass.FORWARD)
        : Math.max(
            plan.workspaceBytes(Pass.BACKWARD_INPUT), plan.workspaceBytes(Pass.BACKWARD_WEIGHTS));
  }

  private double forwardMillis(Layer layer, Conv2dPlan plan, DType dtype) {
    try (Arena arena = Arena.ofShared()) {
      SplittableRandom random = new SplittableRandom(SEED);
      Tensor input = random(arena, random, dtype, layer.inputShape());
      Tensor weight = random(arena, random, dtype, layer.weightShape());
      Tensor bias = random(arena, random, dtype, layer.o());
      Tensor output = Tensor.allocate(arena, dtype, plan.outputShape());
      Workspace workspace = Workspace.allocate(arena, workspaceBytes(plan));
      if (prepared) {
        PreparedWeights weights = plan.prepare(arena, weight);
        return bestMillis(() -> plan.forward(input, weights, bias, output, workspace));
      }
      return bestMillis(() -> plan.forward(input, weight, bias, output, workspace));
    }
  }

  private double backwardMillis(Layer layer, Conv2dPlan plan, DType dtype) {
    try (Arena arena = Arena.ofShared()) {
      SplittableRandom random = new SplittableRandom(SEED);
      Tensor input = random(arena, random, dtype, layer.inputShape());
      Tensor weight = random(arena, random, dtype, layer.weightShape());
      Tensor gradOutput = random(arena, random, dtype, plan.outputShape());
      Tensor gradInput = Tensor.allocate(arena, dtype, layer.inputShape());
      Tensor gradWeights = Tensor.allocate(arena, dtype, layer.weightShape());
      Tensor gradBias = Tensor.allocate(arena, dtype, layer.o());
      Workspace workspace = Workspace.allocate(arena, workspaceBytes(plan));
      return bestMillis(
          () -> {
            plan.backwardInput(gradOutput, weight, gradInput, workspace);
            plan.backwardWeights(input, gradOutput, gradWeights, workspace);
            plan.backwardBias(gradOutput, gradBias);
          });
    }
  }

  /** Times the bare multiplies, one after the other, in total. */
  private double multiplyMillis(Layer layer, Conv2dPlan plan, DType dtype) {
    double ms = 0;
    for (BareMultiply multiply : BareMultiply.of(layer, plan, dtype, pass)) {
      ms += multiplyMillis(multiply, dtype);
    }
    return ms;
  }

  private double multiplyMillis(BareMultiply multiply, DType dtype) {
    try (Arena arena = Arena.ofShared()) {
      SplittableRandom random = new SplittableRandom(SEED);
      Tensor a = random(arena, random, dtype, multiply.shapeOfA());
      Tensor b = random(arena, random, dtype, multiply.shapeOfB());
      Tensor c = Tensor.allocate(arena, dtype, multiply.shapeOfC());
      return bestMillis(() -> multiply.run(a, b, c, options.threads()));
    }
  }

  /**
   * Times calls, one window after another, for as long as they get faster: the virtual machine
   * compiles what they run meanwhile, which takes seconds where the calls leave it no processor.
   */
  private double bestMillis(Runnable call) {
    long best = Long.MAX_VALUE;
    int steady = 0;
    for (int window = 0; window < MOST_WINDOWS && steady < STEADY_WINDOWS; window++) {
      long fastest = fastestNanos(call);
      steady = fastest > best * LEAST_GAIN ? steady + 1 : 0;
      best = Math.min(best, fastest);
    }
    return Math.max(1, best) / 1e6;
  }

  /** Returns the fastest call of one window. */
  private long fastestNanos(Runnable call) {
    long best = Long.MAX_VALUE;
    long now = System.nanoTime();
    long end = now + (long) (seconds * 1e9);
    do {
      call.run();
      long done = System.nanoTime();
      best = Math.min(best, done - now);
      now = done;
    } while (now < end);
    return best;
  }

  /** Returns numbers from −1 to 1, the same at every run. */
  private static Tensor random(Arena arena, SplittableRandom random, DType dtype, long... shape) {
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, 2 * random.nextDouble() - 1);
    }
    return tensor;
  }
}
