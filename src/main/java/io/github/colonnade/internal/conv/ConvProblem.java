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
 * @param epilogue what becomes of the sums; it has no say in how they are computed
 * @param prepared whether calls will have weights that were prepared for the pass; it has a say in
 *     which algorithm pays alone
 */
public record ConvProblem(
    ConvPass pass,
    ConvGeometry geometry,
    ElementType type,
    WorkspaceCap cap,
    Epilogue epilogue,
    boolean prepared) {

  /** Takes weights that are not prepared. */
  public ConvProblem(
      ConvPass pass, ConvGeometry geometry, ElementType type, WorkspaceCap cap, Epilogue epilogue) {
    this(pass, geometry, type, cap, epilogue, false);
  }

  /**
   * Caps the scratch memory of each thread, what all share counted as one's, and leaves the sums as
   * they are.
   *
   * @param maxWorkspaceBytes the most
   */
  public ConvProblem(
      ConvPass pass, ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    this(pass, geometry, type, WorkspaceCap.ofThread(maxWorkspaceBytes), Epilogue.NONE);
  }

  /** Returns the same with so many bytes of scratch memory for each thread. */
  public ConvProblem within(long bytes) {
    return new ConvProblem(pass, geometry, type, WorkspaceCap.ofThread(bytes), epilogue, prepared);
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
