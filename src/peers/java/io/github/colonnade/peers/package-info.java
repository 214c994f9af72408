/** The benchmark against other libraries that convolve. */
package io.github.colonnade.peers;
