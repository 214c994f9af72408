package io.github.colonnade.examples;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;

/** The README's ten lines: a batch of eight images through one convolution. */
public final class ConvolveBatch {
  private ConvolveBatch() {}

  /**
   * Runs the example.
   *
   * @param args none
   */
  public static void main(String[] args) {
    // @start region="batch"
    Conv2d conv = Conv2d.builder(3, 16, 3, 3).stride(2).padding(1).build();
    try (Arena arena = Arena.ofConfined()) {
      Tensor images = Tensor.allocate(arena, DType.F32, 8, 3, 224, 224).fill(1);
      Tensor weight = Tensor.allocate(arena, DType.F32, 16, 3, 3, 3).fill(0.5);
      Tensor bias = Tensor.allocate(arena, DType.F32, 16);
      Tensor features = conv.forward(arena, images, weight, bias);
      System.out.println(features + ", first value " + features.get(0));
    }
    // @end
  }
}
