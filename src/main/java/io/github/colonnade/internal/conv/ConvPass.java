package io.github.colonnade.internal.conv;

/** The passes that have several algorithms. */
public enum ConvPass {
  /** The output. */
  FORWARD,
  /** The input's gradient. */
  BACKWARD_INPUT,
  /** The weight's gradient. */
  BACKWARD_WEIGHTS
}
