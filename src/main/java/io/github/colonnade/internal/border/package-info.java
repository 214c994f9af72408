/**
 * What lies around a plane: padding as an operator, and SciPy's filters of one plane. It uses
 * {@code parallel} and {@code memory}.
 */
package io.github.colonnade.internal.border;
