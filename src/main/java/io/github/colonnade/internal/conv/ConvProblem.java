package io.github.colonnade.internal.conv;

import io.github.colonnade.internal.memory.ElementType;

/**
 * What an algorithm is asked to compute.
 *
 * @param pass which result
 * @param geometry sizes
 * @param type element type
 * @param maxWorkspaceBytes scratch memory at most, for each thread
 * @param epilogue what becomes of the sums; it has no say in how they are computed
 */
public record ConvProblem(
    ConvPass pass,
    ConvGeometry geometry,
    ElementType type,
    long maxWorkspaceBytes,
    Epilogue epilogue) {

  /** Returns the same with another cap on the scratch memory. */
  public ConvProblem within(long bytes) {
    return new ConvProblem(pass, geometry, type, bytes, epilogue);
  }

  /** Returns whether OpenBLAS, which counts in 32 bits, can multiply matrices of these sizes. */
  public boolean fitsBlas() {
    return geometry.depth() <= Integer.MAX_VALUE
        && geometry.inPlane() <= Integer.MAX_VALUE
        && geometry.outPlane() <= Integer.MAX_VALUE
        && geometry.groupOutChannels() <= Integer.MAX_VALUE;
  }
}
