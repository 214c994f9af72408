/**
 * Tiles and the threads that share them, and the sums of partial results in a fixed order. It uses
 * {@code memory} alone.
 */
package io.github.colonnade.internal.parallel;
