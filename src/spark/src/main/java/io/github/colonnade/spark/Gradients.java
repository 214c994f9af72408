package io.github.colonnade.spark;

import io.github.colonnade.Tensor;

/**
 * The gradients of all rows of a data set, summed.
 *
 * @param weight with respect to the weights, of their shape and type, on the heap
 * @param bias with respect to a bias, {@code [O]}, on the heap
 * @param rows how many rows there were, to divide by where a mean is wanted
 */
public record Gradients(Tensor weight, Tensor bias, long rows) {}
