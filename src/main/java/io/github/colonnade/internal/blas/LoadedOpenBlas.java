package io.github.colonnade.internal.blas;

import java.nio.file.Path;

/**
 * The OpenBLAS that this process calls.
 *
 * @param path the library's real path; of a packaged one, the jar's
 * @param source where it came from: {@code property}, {@code system} or {@code packaged}
 * @param version OpenBLAS's own version, such as {@code 0.3.31}
 * @param core the core whose kernels run, in OpenBLAS's spelling, such as {@code SkylakeX}
 * @param coreChoice who chose that core, and why a better one could not be used
 * @param config OpenBLAS's description of its build
 * @param threading {@code sequential}, {@code pthreads} or {@code openmp}; each runs one thread
 *     here
 */
public record LoadedOpenBlas(
    Path path,
    String source,
    String version,
    String core,
    String coreChoice,
    String config,
    String threading) {}
