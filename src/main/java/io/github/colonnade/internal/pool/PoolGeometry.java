package io.github.colonnade.internal.pool;

/**
 * The sizes of one pool, validated: {@code [planes, H, W] → [planes, OH, OW]}.
 *
 * @param planes images times channels
 * @param vertical windows down the rows
 * @param horizontal windows along the columns
 */
public record PoolGeometry(long planes, PoolAxis vertical, PoolAxis horizontal) {

  /** Returns the pixels of one input plane. */
  public long inPlane() {
    return vertical.inputs() * horizontal.inputs();
  }

  /** Returns the pixels of one output plane. */
  public long outPlane() {
    return vertical.outputs() * horizontal.outputs();
  }

  /** Returns the output rows of all planes. */
  public long outRows() {
    return planes * vertical.outputs();
  }

  /** Returns the input pixels that one output row looks at, about. */
  double rowCost() {
    return 1.0 * horizontal.outputs() * vertical.mostTaps() * horizontal.mostTaps();
  }
}
