package io.github.colonnade.peers;

/**
 * What a trial measured.
 *
 * @param trial what was measured
 * @param version the library's
 * @param algorithm what this library chose, or null for others
 * @param ms median of the calls
 * @param msLow what a tenth of the calls stayed below
 * @param msHigh what nine tenths of the calls stayed below
 * @param gflops operations of the definition by the median, 10⁹ a second
 */
record Timing(
    Trial trial,
    String version,
    String algorithm,
    double ms,
    double msLow,
    double msHigh,
    double gflops) {}
