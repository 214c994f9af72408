/**
 * OpenBLAS: found, judged and loaded in one class, called in another. It uses {@code parallel},
 * {@code memory} and the generated bindings.
 */
package io.github.colonnade.internal.blas;
