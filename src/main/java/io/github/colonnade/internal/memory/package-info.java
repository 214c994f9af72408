/**
 * The ground: element types, runs of elements that are moved or added, memory kept between calls,
 * and calls to the C library. It uses no other package of the library.
 *
 * <p>A class named {@code F64X} is written in double precision; the build derives its
 * single-precision twin {@code F32X} from it, so that the two cannot drift apart. {@code
 * F64VectorX} is the same kernel by the Vector API, for programs that run with that module.
 */
package io.github.colonnade.internal.memory;
