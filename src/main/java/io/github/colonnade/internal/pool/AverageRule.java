package io.github.colonnade.internal.pool;

/**
 * What an average divides by.
 *
 * @param countPadding whether taps in the padding count
 * @param fixed the divisor of every window, or 0 for the number of its taps
 */
public record AverageRule(boolean countPadding, long fixed) {}
