package io.github.colonnade.internal.conv;

/** What does not change from call to call of a pass: how its work is cut. */
public interface TaskShape {
  /** Returns the tiles of the phase that has the most of those that need scratch memory. */
  long tileCount();

  /** Returns the scratch bytes that all tiles share. */
  default long sharedBytes() {
    return 0;
  }

  /** Returns the scratch bytes of one tile. */
  default long workspaceBytes() {
    return 0;
  }

  /** Returns how the work is cut, for people. */
  String describe();
}
