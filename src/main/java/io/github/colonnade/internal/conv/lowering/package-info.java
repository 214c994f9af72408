/**
 * Images to columns (im2col) and columns back to images (col2im), some rows and columns of the
 * matrix at a time. It uses {@code conv} and what that uses; the algorithms use it.
 */
package io.github.colonnade.internal.conv.lowering;
