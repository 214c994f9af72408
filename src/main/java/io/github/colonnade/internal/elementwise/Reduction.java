package io.github.colonnade.internal.elementwise;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * A number that all tiles add to, in double precision: each leaves its part in the shared
 * workspace, and a last phase adds these pairwise, in the order of the tiles.
 */
public abstract class Reduction implements TileTask {
  private final TileTask total = new Total();
  private double result;

  /** Computes a tile and returns what it adds. */
  abstract double part(long tile);

  /** Returns the bytes of the shared workspace that a call needs. */
  public final long sharedBytes() {
    return tileCount() * Double.BYTES;
  }

  /** Returns the sum, after all phases. */
  public final double result() {
    return result;
  }

  @Override
  public final void run(long tile, MemorySegment workspace, long workspaceOffset) {
    workspace.setAtIndex(JAVA_DOUBLE, tile, part(tile));
  }

  @Override
  public final TileTask next() {
    return total;
  }

  /** Adds the parts. */
  private final class Total implements TileTask {
    @Override
    public long tileCount() {
      return 1;
    }

    @Override
    public void run(long tile, MemorySegment workspace, long workspaceOffset) {
      result = add(workspace, 0, Reduction.this.tileCount());
    }

    private double add(MemorySegment parts, long from, long to) {
      if (to - from > 1) {
        long middle = (from + to) >>> 1;
        return add(parts, from, middle) + add(parts, middle, to);
      }
      return from == to ? 0 : parts.getAtIndex(JAVA_DOUBLE, from);
    }
  }
}
