package io.github.colonnade.examples.mnist;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Linear;
import io.github.colonnade.MaxPool2d;
import io.github.colonnade.RandomFill;
import java.lang.foreign.Arena;
import java.util.List;

/**
 * The network's layers and what they learn: {@code [N, 1, 28, 28] → [N, 10]} by
 *
 * <pre>
 * conv 1→16 5×5    [N, 16, 24, 24], rectified
 * max pool 2×2     [N, 16, 12, 12]
 * conv 16→32 5×5   [N, 32, 8, 8], rectified
 * max pool 2×2     [N, 32, 4, 4]
 * dense 512→10     [N, 10]
 * </pre>
 */
final class ConvNet {
  final Conv2d conv1 = Conv2d.builder(1, 16, 5, 5).build();
  final Conv2d conv2 = Conv2d.builder(16, 32, 5, 5).build();
  final MaxPool2d pool;
  final Linear dense;

  final Parameter weight1;
  final Parameter bias1;
  final Parameter weight2;
  final Parameter bias2;
  final Parameter weight3;
  final Parameter bias3;

  /** Draws the first weights and biases between {@code ±1/√fanIn}, as PyTorch does. */
  ConvNet(Arena arena, DType dtype, int threads, RandomFill random) {
    pool = MaxPool2d.builder(2, 2).threads(threads).build();
    dense = Linear.of(512, ImageSet.CLASSES).withThreads(threads);
    weight1 = Parameter.zeros(arena, dtype, 16, 1, 5, 5);
    bias1 = Parameter.zeros(arena, dtype, 16);
    weight2 = Parameter.zeros(arena, dtype, 32, 16, 5, 5);
    bias2 = Parameter.zeros(arena, dtype, 32);
    weight3 = Parameter.zeros(arena, dtype, dense.weightShape());
    bias3 = Parameter.zeros(arena, dtype, ImageSet.CLASSES);
    draw(random, 25, weight1, bias1);
    draw(random, 16 * 25, weight2, bias2);
    draw(random, dense.inFeatures(), weight3, bias3);
  }

  private static void draw(RandomFill random, long fanIn, Parameter weight, Parameter bias) {
    double bound = 1 / Math.sqrt((double) fanIn);
    random.uniform(weight.value(), -bound, bound);
    random.uniform(bias.value(), -bound, bound);
  }

  List<Parameter> parameters() {
    return List.of(weight1, bias1, weight2, bias2, weight3, bias3);
  }
}
