package io.github.colonnade.examples;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Arrays, buffers and segments that a program has already, as operands: nothing is copied. */
public final class WrapMemory {
  private WrapMemory() {}

  /**
   * Runs the example.
   *
   * @param args none
   */
  public static void main(String[] args) {
    double[] samples = new double[4 * 6 * 6];
    Arrays.setAll(
        samples, i -> Math.floor(i / 36.0)); // the images are all 0, all 1, all 2 and all 3
    ByteBuffer buffer = ByteBuffer.allocateDirect(9 * Double.BYTES).order(ByteOrder.nativeOrder());
    while (buffer.hasRemaining()) {
      buffer.putDouble(1 / 9.0);
    }
    buffer.flip();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(2 * 4 * 4 * Double.BYTES, Double.BYTES);
      Conv2d conv = Conv2d.builder(1, 1, 3, 3).build();
      // @start region="wrap"
      Tensor images = Tensor.of(samples, 4, 1, 6, 6); // a double[], on the heap
      Tensor weight = Tensor.of(buffer, DType.F64, 1, 1, 3, 3); // a ByteBuffer
      Tensor means = Tensor.of(memory, DType.F64, 2, 1, 4, 4); // a MemorySegment

      // Two of the four images, as a view.
      Tensor batch = images.slice(2, 4);
      conv.plan(DType.F64, batch.shape()).forward(batch, weight, null, means);
      double[] result = means.toDoubleArray(); // a copy
      // @end
      System.out.printf("%.1f and %.1f%n", result[0], result[16]);
    }
  }
}
