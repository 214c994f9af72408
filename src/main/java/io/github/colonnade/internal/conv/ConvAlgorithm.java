package io.github.colonnade.internal.conv;

/** One way to compute the passes of a convolution. */
public interface ConvAlgorithm {
  /** Returns the name that users know it by. */
  String name();

  /**
   * Returns why it cannot compute a problem, as the message for a caller who asked for it by name,
   * or null if it can.
   */
  String refusal(ConvProblem problem);

  /**
   * Returns whether it computes a problem faster than those after it in {@link AlgorithmChoice}, as
   * far as that was measured. It can compute the problem.
   */
  boolean pays(ConvProblem problem);

  /**
   * Returns whether a measurement may choose it for a problem that it can compute: it could be the
   * fastest, and rounds nothing that nobody expects to be rounded.
   */
  default boolean isWorthTiming(ConvProblem problem) {
    return true;
  }

  /** Returns whether it multiplies and adds as the definition does, in another order at most. */
  default boolean isExact() {
    return true;
  }

  /** Returns whether it multiplies with OpenBLAS. */
  default boolean multiplies() {
    return true;
  }

  /** Plans a problem that it can compute. */
  PassPlan plan(ConvProblem problem);

  /** Returns the refusal where the scratch memory allowed is too little. */
  static String tooLittleMemory(String name, ConvProblem problem, long least) {
    return "maxWorkspaceBytes: is "
        + problem.maxWorkspaceBytes()
        + ", "
        + name
        + " needs at least "
        + least
        + " for this shape";
  }

  /** Returns the refusal where OpenBLAS cannot count the elements. */
  static String tooLarge(String name) {
    return "algorithm: is "
        + name
        + ", which needs planes of less than 2^31 pixels and sums of less than 2^31 products;"
        + " REFERENCE does not";
  }
}
