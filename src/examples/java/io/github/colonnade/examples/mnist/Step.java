package io.github.colonnade.examples.mnist;

/**
 * One step of an epoch.
 *
 * @param batch its number in the epoch, from 1
 * @param loss mean cross-entropy of an image of this batch
 * @param meanLoss that of all images of the epoch so far
 * @param accuracy share of these whose class was predicted
 * @param imagesPerSecond speed of the epoch so far
 */
public record Step(
    int batch, double loss, double meanLoss, double accuracy, double imagesPerSecond) {}
