/**
 * Convolution of stride 1 by the fast Fourier transform, overlap-save in tiles: the transforms, how
 * images and channels are cut, and the tasks. It uses {@code conv} and what that uses.
 */
package io.github.colonnade.internal.conv.fft;
