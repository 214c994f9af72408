/**
 * Convolution tap by tap, without a column matrix: for depthwise layers and groups of few channels.
 * It uses {@code lowering} and what that uses, and {@code reference} where a weight is not finite.
 */
package io.github.colonnade.internal.conv.direct;
