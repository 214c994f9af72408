package io.github.colonnade.internal.kernel;

import io.github.colonnade.internal.blas.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The transforms of Winograd's minimal filtering F(m×m, 3×3) after Lavin &amp; Gray 2016, {@code Y
 * = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A}, on runs of tiles; and the arrays on the heap that they compute in,
 * since C2 vectorises arithmetic on arrays and not between segments. One thread at a time uses one.
 *
 * <p>Positions and counts are in elements. Transformed values lie frequency by frequency, {@code
 * stride} apart, a frequency's values side by side.
 */
interface WinogradTransform {
  /** Returns the transforms that this JVM runs, with arrays of {@code count} tiles at least. */
  static WinogradTransform acquire(ElementType type, int outputs, int count, int plane) {
    WinogradTransform transform = Pool.take(type, outputs);
    if (transform == null) {
      transform =
          type == ElementType.F64
              ? new F64WinogradTransform(outputs)
              : new F32WinogradTransform(outputs);
    }
    transform.reserve(count, plane);
    return transform;
  }

  /** Takes back what {@link #acquire} gave. */
  static void release(WinogradTransform transform) {
    Pool.put(transform);
  }

  /** Keeps a few transforms from call to call, for their arrays. */
  final class Pool {
    private static final int KEPT = 32;
    private static final AtomicReferenceArray<WinogradTransform> FREE =
        new AtomicReferenceArray<>(KEPT);

    private Pool() {}

    private static WinogradTransform take(ElementType type, int outputs) {
      for (int i = 0; i < KEPT; i++) {
        WinogradTransform kept = FREE.getAcquire(i);
        if (kept != null
            && kept.type() == type
            && kept.outputs() == outputs
            && FREE.compareAndSet(i, kept, null)) {
          return kept;
        }
      }
      return null;
    }

    private static void put(WinogradTransform transform) {
      for (int i = 0; i < KEPT; i++) {
        if (FREE.getAcquire(i) == null && FREE.compareAndSet(i, null, transform)) {
          return;
        }
      }
    }
  }

  /** Returns the type of the elements. */
  ElementType type();

  /** Returns m, the outputs along one side of a tile. */
  int outputs();

  /**
   * Makes room.
   *
   * @param count tiles, and weights, of one run
   * @param plane elements of the image that tiles are gathered from
   */
  void reserve(int count, int plane);

  /** Sets a row of the image: zeros, neighbours from {@code input}, zeros. */
  void loadRow(MemorySegment input, long index, int at, int before, int inside, int after);

  /**
   * Takes apart tiles that lie side by side in the image.
   *
   * @param from first element of the first tile
   * @param rowTap elements from a tile's row to its next
   * @param tap elements from a tile's column to its next
   * @param step elements from a tile to the next
   * @param at place of the first tile in the run
   * @param count tiles
   */
  void gather(int from, int rowTap, int tap, int step, int at, int count);

  /** Transforms the gathered tiles: {@code Bᵀ d B}. */
  void transformInput(int count, MemorySegment target, long index, long stride);

  /**
   * Transforms kernels of 3×3 weights: {@code G g Gᵀ}.
   *
   * @param weight where they lie
   * @param first element of the first one
   * @param step elements from a kernel to the next
   * @param rotated whether each is turned by half a turn
   * @param count kernels
   */
  void transformWeights(
      MemorySegment weight,
      long first,
      long step,
      boolean rotated,
      int count,
      MemorySegment target,
      long index,
      long stride);

  /**
   * Transforms products back to output tiles, {@code Aᵀ M A}, plus a channel's bias.
   *
   * @param bias of all channels, or null for zero
   * @param channel index of the channel
   */
  void transformOutput(
      MemorySegment source, long index, long stride, int count, MemorySegment bias, long channel);

  /**
   * Writes one row of output tiles that lie side by side.
   *
   * @param row the tiles' row, from 0 to m − 1
   * @param at place of the first tile in the run
   * @param count tiles
   * @param valid outputs to write, at most m·count
   * @param step elements from an output to the next
   */
  void scatter(int row, int at, int count, int valid, MemorySegment output, long index, long step);
}
