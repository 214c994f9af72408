package io.github.colonnade.internal.parallel;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.memory.RowKernels;
import java.lang.foreign.MemorySegment;

/**
 * Adds partial results, stored one after another at the start of the shared workspace, pairwise and
 * in a fixed order: {@code (p0 + p1) + (p2 + p3) + …}. One tile is a run of elements.
 */
public final class PartialSums implements TileTask {
  private static final long RUN = 4096;

  private final Split split;
  private final MemorySegment target;

  /**
   * Takes what is to be added.
   *
   * @param split sizes
   * @param target the sum. Overwritten.
   */
  private PartialSums(Split split, MemorySegment target) {
    this.split = split;
    this.target = target;
  }

  /**
   * What does not change from call to call.
   *
   * @param type element type
   * @param elements elements of the result
   * @param pieces what it is summed over, in one order
   * @param parts runs of pieces that each have a partial result; where it is one, that is the
   *     result itself
   */
  public record Split(ElementType type, long elements, long pieces, long parts) {
    /** Sums all pieces in one part. */
    public static Split whole(ElementType type, long elements, long pieces) {
      return new Split(type, elements, pieces, 1);
    }

    /** Uses as many parts as are wanted, if there are enough pieces and bytes. */
    public Split split(long wanted, long mostBytes) {
      long most = Math.max(1, Math.min(wanted, pieces));
      long fitting = mostBytes / Math.max(1, elements * type.bytes());
      return new Split(type, elements, pieces, Math.clamp(fitting, 1, most));
    }

    /** Returns the first piece of a part, which is the end of the part before it. */
    public long firstPiece(long part) {
      return part * pieces / parts;
    }

    /** Makes the task of one call, or null where nothing is to be added. */
    public PartialSums task(MemorySegment target) {
      return parts == 1 ? null : new PartialSums(this, target);
    }

    /** Returns the bytes of the partial results: none where the result is one part. */
    public long bytes() {
      return parts == 1 ? 0 : parts * elements * type.bytes();
    }
  }

  @Override
  public long tileCount() {
    return Math.ceilDiv(split.elements, RUN);
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    ElementType type = split.type;
    long elements = split.elements;
    long parts = split.parts;
    long from = tile * RUN;
    long count = Math.min(RUN, elements - from);
    RowKernels rows = RowKernels.of(type);
    for (long distance = 1; distance < parts; distance *= 2) {
      for (long part = 0; part + distance < parts; part += 2 * distance) {
        long source = (part + distance) * elements + from;
        rows.add(workspace, source, 1, workspace, part * elements + from, 1, count);
      }
    }
    Elements.copy(type, workspace, from, target, from, count);
  }
}
