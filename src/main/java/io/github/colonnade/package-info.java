/**
 * Two-dimensional convolution and pooling, in double and single precision, on native memory and on
 * arrays.
 *
 * <p>Activations are NCHW, weights OIHW, both in C order. "Convolution" means cross-correlation, as
 * in every deep-learning framework.
 *
 * <p>Operators that a builder or a factory makes are equal if they were told the same, options and
 * threads included, and {@linkplain java.io.Serializable serializable}: a stream holds what the
 * builder was told, and reading it checks that again. A stream that says what no builder accepts is
 * an {@link java.io.InvalidObjectException}. Plans, tensors and tunings belong to their process.
 */
package io.github.colonnade;
