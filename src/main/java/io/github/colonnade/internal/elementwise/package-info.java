/**
 * Arithmetic on whole tensors, element by element or row by row: scaled sums, totals, softmax cross
 * entropy and random numbers. It uses {@code parallel} and {@code memory}.
 */
package io.github.colonnade.internal.elementwise;
