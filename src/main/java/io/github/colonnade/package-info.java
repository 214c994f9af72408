/**
 * Two-dimensional convolution and pooling on off-heap memory, in double and single precision.
 *
 * <p>Activations are NCHW, weights OIHW, both in C order. "Convolution" means cross-correlation, as
 * in every deep-learning framework.
 */
package io.github.colonnade;
