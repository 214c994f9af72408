package io.github.colonnade;

import io.github.colonnade.internal.conv.Axis;

/**
 * One axis of an operator that is computed in pieces.
 *
 * @param axis the kernel on the input; of a transposed operator on the output, as its adjoint has
 *     it
 * @param transposed whether the operator is the adjoint
 * @param ceilMode whether a last position counts that hangs over the padded input, unless it starts
 *     in the padding behind
 */
record TileAxis(Axis axis, boolean transposed, boolean ceilMode) {

  /**
   * What a piece of the output is computed from.
   *
   * @param from first element of the input
   * @param to end of its elements
   * @param padBefore padding that is needed before them
   * @param padAfter padding that is needed after them
   */
  record Span(long from, long to, long padBefore, long padAfter) {}

  long inputs() {
    return transposed ? axis.outputs() : axis.size();
  }

  long outputs() {
    return transposed ? axis.size() : axis.outputs();
  }

  /** Returns the outputs of the least piece, which reads no more beyond its own input than that. */
  long leastPiece() {
    long beyond = transposed ? axis.reach() : axis.reach() + 1 - axis.stride();
    long least = transposed ? beyond : Math.ceilDiv(beyond, axis.stride());
    return Math.clamp(least, 1, Math.max(1, outputs()));
  }

  /** Returns what the outputs from {@code from} to before {@code to} are computed from. */
  Span span(long from, long to) {
    return transposed ? transposedSpan(from, to) : slidingSpan(from, to);
  }

  private Span slidingSpan(long from, long to) {
    long size = axis.size();
    long first = axis.position(from, 0);
    long end = axis.position(to - 1, axis.kernel() - 1) + 1;
    long after = Math.max(end, size) - Math.max(first, size);
    if (ceilMode && axis.position(to - 1, 0) >= size) {
      // It would not count, were it the last.
      after += axis.stride();
    }
    return new Span(
        Math.clamp(first, 0, size),
        Math.clamp(end, 0, size),
        Math.min(end, 0) - Math.min(first, 0),
        // In ceil mode a last window hangs over the padding too.
        Math.clamp(after, 0, axis.padAfter()));
  }

  private Span transposedSpan(long from, long to) {
    long last = inputs() - 1;
    long stride = axis.stride();
    long place = from + axis.padBefore();
    long first = Math.ceilDiv(place - axis.reach(), stride);
    first = Math.clamp(Math.min(first, Math.floorDiv(place, stride)), 0, last);
    long end = Math.clamp(Math.floorDiv(to - 1 + axis.padBefore(), stride), first, last) + 1;
    long before = place - first * stride;
    long covered = (end - 1 - first) * stride + axis.reach() + 1;
    return new Span(first, end, before, Math.max(0, covered - before - (to - from)));
  }
}
