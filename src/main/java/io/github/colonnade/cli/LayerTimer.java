package io.github.colonnade.cli;

import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.MatrixMultiply;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import io.github.colonnade.Workspace;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;

/**
 * Times layers: best of repeated calls after warm-up, with inputs, outputs and scratch memory
 * allocated and filled beforehand.
 */
final class LayerTimer {
  /** The column matrix of the bare multiply, however large the layer. */
  private static final long MOST_COLUMN_BYTES = 512L << 20;

  private static final long SEED = 42;

  private final Pass pass;
  private final PlanOptions options;
  private final double seconds;

  /**
   * Makes a timer.
   *
   * @param pass what of each layer to time
   * @param options algorithm and threads
   * @param seconds of timed calls for each layer; warming up and each bare multiply take as long.
   *     {@code -Dcolonnade.bench.seconds} goes first, for tests that look at no figures
   */
  LayerTimer(Pass pass, PlanOptions options, double seconds) {
    this.pass = pass;
    this.options = options;
    this.seconds =
        Double.parseDouble(System.getProperty("colonnade.bench.seconds", String.valueOf(seconds)));
  }

  /**
   * Times one layer. The first one measured pays for the compilation of the code that all share,
   * more than its warming up covers: measure one to throw away.
   *
   * @throws IllegalArgumentException if the layer's sizes do not go together
   */
  Measurement measure(Layer layer, DType dtype) {
    Conv2dPlan plan = plan(layer, dtype);
    double ms;
    double gemmMs;
    try {
      ms =
          pass == Pass.FORWARD
              ? forwardMillis(layer, plan, dtype)
              : backwardMillis(layer, plan, dtype);
      gemmMs = multiplyMillis(layer, plan, dtype);
    } catch (OutOfMemoryError tooLarge) {
      throw new OutOfMemoryError("layer " + layer.name() + ": " + tooLarge.getMessage());
    }
    // The two large gradients take as many operations each as the output.
    double flops = pass == Pass.FORWARD ? plan.flops() : 2 * plan.flops();
    return new Measurement(
        layer.name(),
        pass,
        dtype,
        options.threads(),
        algorithm(plan),
        ms,
        flops / ms / 1e6,
        gemmMs,
        flops / gemmMs / 1e6,
        workspaceBytes(plan));
  }

  /** Checks a layer's sizes and plans it, which takes no time and next to no memory. */
  Conv2dPlan plan(Layer layer, DType dtype) {
    return layer.conv2d(options).plan(dtype, layer.inputShape());
  }

  private String algorithm(Conv2dPlan plan) {
    if (pass == Pass.FORWARD) {
      return Choices.name(plan.algorithm());
    }
    String ofInput = Choices.name(plan.algorithm(io.github.colonnade.Pass.BACKWARD_INPUT));
    String ofWeights = Choices.name(plan.algorithm(io.github.colonnade.Pass.BACKWARD_WEIGHTS));
    return ofInput.equals(ofWeights) ? ofInput : ofInput + "+" + ofWeights;
  }

  private long workspaceBytes(Conv2dPlan plan) {
    return pass == Pass.FORWARD
        ? plan.workspaceBytes(io.github.colonnade.Pass.FORWARD)
        : Math.max(
            plan.workspaceBytes(io.github.colonnade.Pass.BACKWARD_INPUT),
            plan.workspaceBytes(io.github.colonnade.Pass.BACKWARD_WEIGHTS));
  }

  private double forwardMillis(Layer layer, Conv2dPlan plan, DType dtype) {
    try (Arena arena = Arena.ofShared()) {
      SplittableRandom random = new SplittableRandom(SEED);
      Tensor input = random(arena, random, dtype, layer.inputShape());
      Tensor weight = random(arena, random, dtype, layer.weightShape());
      Tensor bias = random(arena, random, dtype, layer.o());
      Tensor output = Tensor.allocate(arena, dtype, plan.outputShape());
      Workspace workspace = Workspace.allocate(arena, workspaceBytes(plan));
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

  /**
   * Times the bare multiplies, all the batch's pixels side by side, once for each group. Forward:
   * {@code [O/groups, K] · [K, pixels]}, where {@code K = C/groups·KH·KW}. Backward, for the
   * input's gradient {@code [K, O/groups] · [O/groups, pixels]}, for the weights' {@code [O/groups,
   * pixels] · [pixels, K]}, in total.
   */
  private double multiplyMillis(Layer layer, Conv2dPlan plan, DType dtype) {
    long plane = plan.outputShape()[2] * plan.outputShape()[3];
    long images = layer.n();
    while (images > 1
        && (layer.n() % images != 0
            || layer.depth() * plane * images * dtype.byteSize() > MOST_COLUMN_BYTES)) {
      images--;
    }
    long calls = layer.groups() * (layer.n() / images);
    long rows = layer.o() / layer.groups();
    long pixels = plane * images;
    long depth = layer.depth();
    return pass == Pass.FORWARD
        ? multiplyMillis(dtype, rows, depth, pixels, calls)
        : multiplyMillis(dtype, depth, rows, pixels, calls)
            + multiplyMillis(dtype, rows, pixels, depth, calls);
  }

  /** Times so many calls of {@code [m, k] · [k, n]}. */
  private double multiplyMillis(DType dtype, long m, long k, long n, long calls) {
    try (Arena arena = Arena.ofShared()) {
      SplittableRandom random = new SplittableRandom(SEED);
      Tensor a = random(arena, random, dtype, m, k);
      Tensor b = random(arena, random, dtype, k, n);
      Tensor c = Tensor.allocate(arena, dtype, m, n);
      return bestMillis(
          () -> {
            for (long call = 0; call < calls; call++) {
              MatrixMultiply.multiply(a, b, c, options.threads());
            }
          });
    }
  }

  private double bestMillis(Runnable call) {
    long budget = (long) (seconds * 1e9);
    long end = System.nanoTime() + budget;
    do {
      call.run();
    } while (System.nanoTime() < end);
    long best = Long.MAX_VALUE;
    end = System.nanoTime() + budget;
    long now = System.nanoTime();
    while (now < end || best == Long.MAX_VALUE) {
      call.run();
      long done = System.nanoTime();
      best = Math.min(best, done - now);
      now = done;
    }
    return Math.max(1, best) / 1e6;
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
