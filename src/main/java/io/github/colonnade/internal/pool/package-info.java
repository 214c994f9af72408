/**
 * Max and average pooling, and unpooling: where the windows lie along each axis, and the kernels.
 * It uses {@code parallel} and {@code memory}.
 */
package io.github.colonnade.internal.pool;
