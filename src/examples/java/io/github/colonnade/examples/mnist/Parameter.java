package io.github.colonnade.examples.mnist;

import io.github.colonnade.DType;
import io.github.colonnade.Elementwise;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;

/**
 * Numbers that a network learns.
 *
 * @param value the numbers
 * @param gradient of the loss with respect to them
 * @param velocity the sum of past gradients, each weighted less the older it is
 */
record Parameter(Tensor value, Tensor gradient, Tensor velocity) {
  /** Allocates zeros. */
  static Parameter zeros(Arena arena, DType dtype, long... shape) {
    return new Parameter(
        Tensor.allocate(arena, dtype, shape),
        Tensor.allocate(arena, dtype, shape),
        Tensor.allocate(arena, dtype, shape));
  }

  /** Descends: {@code velocity = momentum·velocity + gradient, value −= learningRate·velocity}. */
  void step(Elementwise arithmetic, double learningRate, double momentum) {
    arithmetic.combine(momentum, velocity, 1, gradient, velocity);
    arithmetic.addScaled(-learningRate, velocity, value);
  }
}
