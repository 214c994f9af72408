/**
 * Convolution as a matrix multiply on lowered columns: how each pass is cut into tiles, and the
 * tasks that lower, multiply and sum them. It uses {@code lowering} and what that uses.
 */
package io.github.colonnade.internal.conv.im2col;
