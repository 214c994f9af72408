/**
 * Convolution: its geometry, what a pass is planned as, and the choice between the algorithms, each
 * of which is a package below this one.
 *
 * <p>Everything here but {@code AlgorithmChoice}, which knows all algorithms, uses {@code blas},
 * {@code parallel} and {@code memory} alone; the algorithms use it and never each other, save that
 * {@code direct} falls back on {@code reference}, and {@code winograd} asks {@code im2col} what it
 * would do instead.
 */
package io.github.colonnade.internal.conv;
