package io.github.colonnade;

/** What a plan can compute. */
public enum Pass {
  /** The output, from input, weight and bias. */
  FORWARD,
  /** The gradient with respect to the input, from the output's gradient and the weight. */
  BACKWARD_INPUT,
  /** The gradient with respect to the weight, from input and output's gradient. */
  BACKWARD_WEIGHTS,
  /** The gradient with respect to the bias, from the output's gradient. */
  BACKWARD_BIAS
}
