package io.github.colonnade.cli;

/** What of a layer is measured. */
enum Pass {
  /** The output from the input. */
  FORWARD,
  /** All three gradients from the output's. */
  BACKWARD
}
