package io.github.colonnade.examples.mnist;

/**
 * What came of training with every image once.
 *
 * @param number from 1
 * @param loss mean cross-entropy of a training image, while the network learned
 * @param test how well it knows the test images now
 * @param imagesPerSecond speed of the training, without the test
 */
public record Epoch(int number, double loss, Evaluation test, double imagesPerSecond) {}
