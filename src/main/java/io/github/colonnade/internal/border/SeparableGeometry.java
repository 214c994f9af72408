package io.github.colonnade.internal.border;

/**
 * Sizes of a separable filter, checked by its creator. Output {@code (oh, ow)} of a plane sums
 * vertical tap {@code kh} times horizontal tap {@code kw} times input {@code (firstH + oh + kh,
 * firstW + ow + kw)}.
 *
 * @param planes planes, each filtered on its own
 * @param inH height of the input
 * @param inW width of the input
 * @param kernelH vertical taps
 * @param kernelW horizontal taps
 * @param outH height of the output
 * @param outW width of the output
 * @param firstH input row under the first output row and the first vertical tap
 * @param firstW input column under the first output column and the first horizontal tap
 * @param fromRow first output row that is computed
 * @param toRow end of the output rows that are computed
 */
public record SeparableGeometry(
    long planes,
    long inH,
    long inW,
    int kernelH,
    int kernelW,
    long outH,
    long outW,
    long firstH,
    long firstW,
    long fromRow,
    long toRow) {

  /** Returns the output rows that are computed of each plane. */
  long rows() {
    return toRow - fromRow;
  }
}
