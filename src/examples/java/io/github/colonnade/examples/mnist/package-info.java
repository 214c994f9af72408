/**
 * A convolutional network trained on MNIST, Fashion-MNIST or any data set of their form, on
 * Colonnade's public API alone: {@link io.github.colonnade.examples.mnist.ConvNet} computes, {@link
 * io.github.colonnade.examples.mnist.Trainer} learns. {@code scripts/colonnade train} runs it.
 */
package io.github.colonnade.examples.mnist;
