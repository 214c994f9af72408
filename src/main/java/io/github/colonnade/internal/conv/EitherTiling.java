package io.github.colonnade.internal.conv;

/**
 * The scratch memory of a pass that is computed in one of two ways, which its operands decide.
 *
 * @param usual how it is cut as a rule, which is what describes it
 * @param otherwise how it is cut where operands or results are not finite
 */
public record EitherTiling(Tiling usual, Tiling otherwise) implements Tiling {
  @Override
  public long tileCount() {
    return Math.max(usual.tileCount(), otherwise.tileCount());
  }

  @Override
  public long sharedBytes() {
    return Math.max(usual.sharedBytes(), otherwise.sharedBytes());
  }

  @Override
  public long workspaceBytes() {
    return Math.max(usual.workspaceBytes(), otherwise.workspaceBytes());
  }

  @Override
  public long heapBytes() {
    return Math.max(usual.heapBytes(), otherwise.heapBytes());
  }

  @Override
  public String describe() {
    return usual.describe();
  }
}
