/**
 * Convolution as its definition reads, in plain loops: what every other algorithm is checked by.
 */
package io.github.colonnade.internal.conv.reference;
