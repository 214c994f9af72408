/**
 * Filters of whole images, beside OpenCV and BoofCV: {@code scripts/bench-filters.sh}. One process
 * runs all libraries in turns, since what is compared takes tens of milliseconds.
 */
package io.github.colonnade.peers.filter;
