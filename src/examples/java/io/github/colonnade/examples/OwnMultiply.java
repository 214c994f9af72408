package io.github.colonnade.examples;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Im2col;
import io.github.colonnade.MatrixMultiply;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;

/** A convolution as columns and a matrix multiply of one's own. */
public final class OwnMultiply {
  private OwnMultiply() {}

  /**
   * Runs the example.
   *
   * @param args none
   */
  public static void main(String[] args) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor image = Tensor.allocate(arena, DType.F64, 1, 3, 32, 32);
      Tensor weight = Tensor.allocate(arena, DType.F64, 8, 3, 3, 3);
      for (int i = 0; i < image.elementCount(); i++) {
        image.set(i, i % 7);
      }
      for (int i = 0; i < weight.elementCount(); i++) {
        weight.set(i, i % 5 - 2);
      }
      // @start region="columns"
      Im2col lowering = Im2col.builder(3, 3).padding(1).layout(Im2col.Layout.COLUMNS).build();
      Tensor columns = lowering.im2col(arena, image); // [3·3·3, 32·32]

      Tensor product = Tensor.allocate(arena, DType.F64, 8, 32 * 32);
      MatrixMultiply.multiply(weight.reshape(8, 27), columns, product, /* threads= */ 1);
      Tensor output = product.reshape(1, 8, 32, 32);
      // @end
      Tensor expected =
          Conv2d.builder(3, 8, 3, 3).padding(1).build().forward(arena, image, weight, null);
      double largest = 0;
      for (long i = 0; i < output.elementCount(); i++) {
        largest = Math.max(largest, Math.abs(output.get(i) - expected.get(i)));
      }
      System.out.println(columns + " multiplied: off from Conv2d by " + largest);
    }
  }
}
