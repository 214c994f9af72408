package io.github.colonnade.internal.parallel;

import java.lang.foreign.MemorySegment;

/**
 * Equal items in a row, several to a tile where they are small. Needs no scratch memory.
 *
 * @param items number of items
 * @param itemsPerTile items of one tile
 * @param body computes items
 */
public record RangeTask(long items, long itemsPerTile, Body body) implements TileTask {
  /** Element visits of a tile: enough that handing out tiles does not show. */
  private static final double TILE_COST = 32_768;

  /** Computes the items from {@code from} to before {@code to}. */
  public interface Body {
    void run(long from, long to);
  }

  /** Cuts items into tiles by what one costs. */
  public static RangeTask of(long items, double itemCost, Body body) {
    return new RangeTask(items, Math.max(1, (long) (TILE_COST / Math.max(1, itemCost))), body);
  }

  @Override
  public long tileCount() {
    return Math.ceilDiv(items, itemsPerTile);
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long from = tile * itemsPerTile;
    body.run(from, Math.min(items, from + itemsPerTile));
  }
}
