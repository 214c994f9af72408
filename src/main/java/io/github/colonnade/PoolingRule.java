package io.github.colonnade;

/**
 * Whose rules a pool follows where PyTorch and ONNX differ.
 *
 * <p>They agree on the output's size. Of {@code S} elements, padded to {@code P} of them, under
 * windows that span {@code D}, there are {@code ⌊(P − D) / stride⌋ + 1} windows; in ceil mode
 * {@code ⌈(P − D) / stride⌉ + 1}, less the last one if it would start in the padding behind the
 * input. They agree also that an average divides by taps inside the padded input alone, never by
 * what hangs over it in ceil mode. (ONNX Runtime counts that in operator sets before 19, and ONNX
 * kept the window in the padding behind until its text was brought into line: this library has the
 * present text in mind.)
 *
 * <p>Planes have at least one row and one column, as PyTorch wants them. There may be 0 images,
 * which PyTorch takes too, or 0 channels, which it does not.
 *
 * <p>Either rule takes padding on four sides, {@link Padding#SAME_UPPER} and {@link
 * Padding#SAME_LOWER}. With these two the output has {@code ⌈S / stride⌉} windows in ceil mode or
 * not; {@link Padding#VALID} is no more than padding of 0.
 */
public enum PoolingRule {
  /**
   * PyTorch's: a side's padding is at most half the kernel, its dilation not counted. What is left
   * out: the stride is the kernel, averages count padding. (Of several NaN in a window PyTorch
   * gives the index of the last, this library that of the first under either rule.)
   */
  PYTORCH,

  /**
   * ONNX's: padding of any size, so that a window may hold no pixel at all. What is left out: the
   * stride is 1, averages do not count padding. (Its indices of maxima are positions in the whole
   * batch; this library's are positions in the plane under either rule.)
   */
  ONNX
}
