package io.github.colonnade;

import static io.github.colonnade.Operands.requirePositive;

import io.github.colonnade.internal.pool.PoolAxis;
import io.github.colonnade.internal.pool.PoolGeometry;
import java.io.Serializable;

/** The output's size where the caller gives it: of adaptive pools and unpools. */
record OutputSize(long height, long width) implements Serializable {
  OutputSize {
    requirePositive("outputH", height);
    requirePositive("outputW", width);
  }

  long plane() {
    return height * width;
  }

  /** Returns windows that divide the planes as evenly as possible. */
  PoolGeometry divide(String operand, long planes, long inH, long inW) {
    requireProduct(operand, "H", inH, height);
    requireProduct(operand, "W", inW, width);
    return new PoolGeometry(planes, PoolAxis.divide(inH, height), PoolAxis.divide(inW, width));
  }

  private static void requireProduct(String operand, String axis, long size, long outputs) {
    if (Math.multiplyHigh(size, outputs) != 0 || size * outputs < 0) {
      throw new IllegalArgumentException(
          operand
              + ": "
              + axis
              + " of "
              + size
              + " times "
              + outputs
              + " windows does not fit a long");
    }
  }

  /** Returns height and width, such as {@code 7×7}. */
  @Override
  public String toString() {
    return height + "×" + width;
  }
}
