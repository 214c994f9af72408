package io.github.colonnade.examples.mnist;

import io.github.colonnade.DType;

/**
 * How a network is trained.
 *
 * @param dtype the type to compute in
 * @param epochs how often every image is trained with
 * @param batch images between two steps
 * @param learningRate what the first step multiplies the velocity with; it falls evenly, to 0 after
 *     the last step
 * @param momentum what of the velocity is kept from step to step, from 0 to below 1
 * @param seed of the first weights and the order of the images
 * @param threads threads at most; the weights' bits do not depend on it
 */
public record Settings(
    DType dtype,
    int epochs,
    int batch,
    double learningRate,
    double momentum,
    long seed,
    int threads) {}
