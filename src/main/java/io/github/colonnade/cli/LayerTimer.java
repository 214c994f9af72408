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

  private final PlanOptions options;
  private final double seconds;

  /**
   * Makes a timer.
   *
   * @param options algorithm and threads
   * @param seconds of timed calls for each layer; warming up and the bare multiply take as long.
   *     {@code -Dcolonnade.bench.seconds} goes first, for tests that look at no figures
   */
  LayerTimer(PlanOptions options, double seconds) {
    this.options = options;
    this.seconds =
        Double.parseDouble(System.getProperty("colonnade.bench.seconds", String.valueOf(seconds)));
  }

  /**
   * Times one layer's forward pass. The first one measured pays for the compilation of the code
   * that all share, more than its warming up covers: measure one to throw away.
   *
   * @throws IllegalArgumentException if the layer's sizes do not go together
   */
  Measurement measure(Layer layer, DType dtype) {
    Conv2dPlan plan = plan(layer, dtype);
    double ms;
    double gemmMs;
    try {
      ms = forwardMillis(layer, plan, dtype);
      gemmMs = multiplyMillis(layer, plan, dtype);
    } catch (OutOfMemoryError tooLarge) {
      throw new OutOfMemoryError("layer " + layer.name() + ": " + tooLarge.getMessage());
    }
    return new Measurement(
        layer.name(),
        Pass.FORWARD,
        dtype,
        options.threads(),
        plan.algorithm(),
        ms,
        plan.flops() / ms / 1e6,
        gemmMs,
        plan.flops() / gemmMs / 1e6,
        plan.workspaceBytes());
  }

  /** Checks a layer's sizes and plans it, which takes no time and next to no memory. */
  Conv2dPlan plan(Layer layer, DType dtype) {
    return layer.conv2d(options).plan(dtype, layer.inputShape());
  }

  private double forwardMillis(Layer layer, Conv2dPlan plan, DType dtype) {
    try (Arena arena = Arena.ofShared()) {
      SplittableRandom random = new SplittableRandom(SEED);
      Tensor input = random(arena, random, dtype, layer.inputShape());
      Tensor weight = random(arena, random, dtype, layer.weightShape());
      Tensor bias = random(arena, random, dtype, layer.o());
      Tensor output = Tensor.allocate(arena, dtype, plan.outputShape());
      Workspace workspace = Workspace.allocate(arena, plan.workspaceBytes());
      return bestMillis(() -> plan.forward(input, weight, bias, output, workspace));
    }
  }

  /**
   * Times {@code [O/groups, C/groups·KH·KW] · [C/groups·KH·KW, pixels]}, all the batch's pixels
   * side by side, once for each group.
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
    try (Arena arena = Arena.ofShared()) {
      SplittableRandom random = new SplittableRandom(SEED);
      Tensor a = random(arena, random, dtype, layer.o() / layer.groups(), layer.depth());
      Tensor b = random(arena, random, dtype, layer.depth(), plane * images);
      Tensor c = Tensor.allocate(arena, dtype, a.size(0), b.size(1));
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
