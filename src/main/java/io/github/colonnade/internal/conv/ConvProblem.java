package io.github.colonnade.internal.conv;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.WorkspaceCap;

/**
 * What an algorithm is asked to compute.
 *
 * @param pass which result
 * @param geometry sizes
 * @param type element type
 * @param cap scratch memory at most
 */
public record ConvProblem(
    ConvPass pass, ConvGeometry geometry, ElementType type, WorkspaceCap cap) {

  /**
   * Caps the scratch memory of each thread, what all share counted as one's.
   *
   * @param maxWorkspaceBytes the most
   */
  public ConvProblem(
      ConvPass pass, ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    this(pass, geometry, type, WorkspaceCap.ofThread(maxWorkspaceBytes));
  }

  /** Returns the scratch memory that each thread may have where nothing is shared. */
  public long maxWorkspaceBytes() {
    return cap.threadBytes();
  }

  /** Returns whether OpenBLAS, which counts in 32 bits, can multiply matrices of these sizes. */
  public boolean fitsBlas() {
    return geometry.depth() <= Integer.MAX_VALUE
        && geometry.inPlane() <= Integer.MAX_VALUE
        && geometry.outPlane() <= Integer.MAX_VALUE
        && geometry.groupOutChannels() <= Integer.MAX_VALUE;
  }
}
