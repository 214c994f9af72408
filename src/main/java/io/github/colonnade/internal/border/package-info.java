/**
 * What lies around a plane: padding as an operator, SciPy's filters of one plane, and separable
 * filters. It uses {@code parallel} and {@code memory}.
 */
package io.github.colonnade.internal.border;
