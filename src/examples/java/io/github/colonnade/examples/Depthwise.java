package io.github.colonnade.examples;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Padding;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;

/** MobileNet's block: a kernel for each channel, then a 1×1 convolution that mixes channels. */
public final class Depthwise {
  private Depthwise() {}

  /**
   * Runs the example.
   *
   * @param args none
   */
  public static void main(String[] args) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = Tensor.allocate(arena, DType.F32, 1, 32, 56, 56).fill(1);
      // @start region="depthwise"
      Conv2d depthwise =
          Conv2d.builder(32, 32, 3, 3).groups(32).stride(2).padding(Padding.SAME_UPPER).build();
      Conv2d pointwise = Conv2d.builder(32, 64, 1, 1).build();

      Tensor kernels = Tensor.allocate(arena, DType.F32, 32, 1, 3, 3).fill(1 / 9.0);
      Tensor mixing = Tensor.allocate(arena, DType.F32, 64, 32, 1, 1).fill(1 / 32.0);
      Tensor filtered = depthwise.forward(arena, x, kernels, null); // [1, 32, 28, 28]
      Tensor mixed = pointwise.forward(arena, filtered, mixing, null); // [1, 64, 28, 28]
      // @end
      System.out.printf(
          "%s, %.3f inside, %.3f in the corner%n", mixed, mixed.get(0), mixed.get(783));
    }
  }
}
