package io.github.colonnade.cli.bench;

import io.github.colonnade.DType;

/**
 * How long one layer took.
 *
 * @param layer its name
 * @param pass what was computed
 * @param dtype in which type
 * @param threads threads at most
 * @param algorithm the one that ran, or the two that did, joined by +
 * @param ms best of the timed calls
 * @param gflops billions of additions and multiplications a second, those of the definition
 * @param gemmMs best time of the bare matrix multiply of the same size
 * @param gemmGflops the same count over {@code gemmMs}
 * @param workspaceBytes scratch memory of a call
 */
public record Measurement(
    String layer,
    BenchPass pass,
    DType dtype,
    int threads,
    String algorithm,
    double ms,
    double gflops,
    double gemmMs,
    double gemmGflops,
    long workspaceBytes) {}
