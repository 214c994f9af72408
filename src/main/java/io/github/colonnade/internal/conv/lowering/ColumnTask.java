package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * A whole column matrix made from images, or added to them. One tile is one channel of one image.
 */
public final class ColumnTask implements TileTask {
  private final ConvGeometry geometry;
  private final ElementType type;
  private final Direction direction;
  private final ColumnWalk walk;
  private final Strides strides;
  private final MemorySegment image;
  private final MemorySegment columns;

  /** Which of the two is written. */
  public enum Direction {
    /** Images to columns. */
    IM2COL,
    /** Columns to images. */
    COL2IM
  }

  /**
   * The matrix's layout in memory, in elements.
   *
   * @param image from the first column of one image to that of the next
   * @param row from one row {@code (c, kh, kw)} to the next
   * @param pixel from one output pixel to the next
   */
  public record Strides(long image, long row, long pixel) {}

  /**
   * Takes the operands of one call.
   *
   * @param geometry sizes, of one group
   * @param type element type
   * @param direction which operand is overwritten
   * @param strides layout of the columns
   * @param image {@code [N, C, H, W]}
   * @param columns the column matrix
   */
  public ColumnTask(
      ConvGeometry geometry,
      ElementType type,
      Direction direction,
      Strides strides,
      MemorySegment image,
      MemorySegment columns) {
    this.geometry = geometry;
    this.type = type;
    this.direction = direction;
    this.walk =
        direction == Direction.IM2COL
            ? new RunLowering(geometry, type)
            : new RunCol2im(geometry, type, /* onHeap= */ true);
    this.strides = strides;
    this.image = image;
    this.columns = columns;
  }

  @Override
  public long tileCount() {
    return geometry.batch() * geometry.inChannels();
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long n = tile / geometry.inChannels();
    long c = tile % geometry.inChannels();
    long kernelArea = geometry.kernelPlane();
    if (direction == Direction.COL2IM) {
      Elements.zero(type, image, tile * geometry.inPlane(), geometry.inPlane());
    }
    walk.walk(
        image,
        0,
        c * kernelArea,
        (c + 1) * kernelArea,
        n * geometry.outPlane(),
        (n + 1) * geometry.outPlane(),
        columns,
        n * strides.image + c * kernelArea * strides.row,
        strides.row,
        strides.pixel);
  }
}
