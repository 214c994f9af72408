package io.github.colonnade.internal.border;

/**
 * Sizes of a filter on one plane, checked by its creator. Output {@code (oh, ow)} sums kernel
 * {@code (kh, kw)} times image {@code (firstH + oh + kh, firstW + ow + kw)}, with minus signs
 * before the taps where the kernel is flipped.
 *
 * @param inH height of the image
 * @param inW width of the image
 * @param kernelH height of the kernel
 * @param kernelW width of the kernel
 * @param outH height of the output
 * @param outW width of the output
 * @param firstH image row under the first output row and kernel row
 * @param firstW image column under the first output column and kernel column
 * @param flipped whether the image runs against the kernel: convolution, not cross-correlation
 * @param reversed whether the output is written back to front, both ways
 */
public record FilterGeometry(
    long inH,
    long inW,
    long kernelH,
    long kernelW,
    long outH,
    long outW,
    long firstH,
    long firstW,
    boolean flipped,
    boolean reversed) {}
