package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.conv.lowering.ColumnWalk;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.memory.Parts;
import io.github.colonnade.internal.parallel.PartialSums;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The weights' gradient of groups of few channels: columns of one kernel row alone are lowered, and
 * as the kernel moves down one row at a time, what its other rows read are the same columns further
 * on. A tile owns the weights of a group; where groups are few, the images are split as well and
 * the partial gradients added in a fixed order.
 */
final class DepthwiseBackwardWeights implements TileTask {
  private final Shape shape;
  private final MemorySegment input;
  private final MemorySegment gradOutput;
  private final MemorySegment gradWeights;
  private final PartialSums sums;

  /**
   * Takes the operands of one call.
   *
   * @param shape how the work is cut
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param gradWeights {@code [O, C/groups, KH, KW]}. Overwritten.
   */
  DepthwiseBackwardWeights(
      Shape shape, MemorySegment input, MemorySegment gradOutput, MemorySegment gradWeights) {
    this.shape = shape;
    this.input = input;
    this.gradOutput = gradOutput;
    this.gradWeights = gradWeights;
    this.sums = shape.sums.task(gradWeights);
  }

  /** What does not change from call to call. */
  static final class Shape implements Tiling {
    /** Tiles below which images are split too, so that several threads find work. */
    private static final long ENOUGH_TILES = 16;

    /** The columns of a tile stay in the second-level cache. */
    private static final long COLUMN_BYTES = 256 << 10;

    private final ConvGeometry geometry;
    private final ElementType type;
    private final ColumnWalk lowering;
    private final long reach;
    private final long rows;
    private final long bands;
    private final PartialSums.Split sums;

    /**
     * Cuts the gradient into tiles.
     *
     * @param geometry sizes, the stride down being 1
     * @param type element type
     * @param maxWorkspaceBytes the most scratch memory of one tile, and of the partial gradients:
     *     at least {@link #leastBytes}
     */
    Shape(ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
      this.geometry = geometry;
      this.type = type;
      this.reach = (geometry.kernelH() - 1) * geometry.dilationH();
      long budget = Math.min(COLUMN_BYTES, maxWorkspaceBytes);
      long most = Math.max(1, budget / lineBytes() - reach);
      this.rows = Parts.evenSize(geometry.outH(), most);
      this.bands = Math.ceilDiv(geometry.outH(), rows);
      this.lowering =
          ColumnWalk.lowering(
              ofKernelRow(geometry), type, (rows + reach) * geometry.outW(), Long.MAX_VALUE);
      long weights = geometry.outChannels() * geometry.depth();
      this.sums =
          PartialSums.Split.whole(type, weights, geometry.batch() * bands)
              .split(Math.ceilDiv(ENOUGH_TILES, geometry.groups()), maxWorkspaceBytes);
    }

    /** Returns the convolution of one kernel row, with an output row for every row it may meet. */
    private static ConvGeometry ofKernelRow(ConvGeometry g) {
      Axis v = g.vertical();
      Axis row = new Axis(v.size(), 1, 1, 1, v.padBefore(), v.padAfter(), v.outputs() + v.reach());
      return new ConvGeometry(
          g.batch(), g.inChannels(), g.outChannels(), g.groups(), row, g.horizontal());
    }

    /** Returns the least scratch bytes of a tile. A double, since that may be beyond a long. */
    static double leastBytes(ConvGeometry geometry, ElementType type) {
      double lines = (geometry.kernelH() - 1.0) * geometry.dilationH() + 1;
      double line = (double) geometry.groupInChannels() * geometry.kernelW() * geometry.outW();
      return lines * line * type.bytes();
    }

    private long lineBytes() {
      return geometry.groupInChannels() * geometry.kernelW() * geometry.outW() * type.bytes();
    }

    @Override
    public long workspaceBytes() {
      return lineBytes() * (rows + reach);
    }

    @Override
    public long sharedBytes() {
      return sums.bytes();
    }

    @Override
    public long tileCount() {
      return geometry.groups() * sums.parts();
    }

    @Override
    public String describe() {
      return tileCount()
          + " tiles of a group's weights, columns of one kernel row, "
          + rows
          + " rows at a time"
          + (sums.parts() > 1 ? ", images split " + sums.parts() + " ways" : "");
    }
  }

  @Override
  public long tileCount() {
    return shape.tileCount();
  }

  @Override
  public TileTask next() {
    return sums;
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long part = tile % shape.sums.parts();
    long group = tile / shape.sums.parts();
    MemorySegment target = sums == null ? gradWeights : workspace;
    long count = shape.sums.elements() / shape.geometry.groups();
    long targetIndex = part * shape.sums.elements() + group * count;
    long own = workspaceOffset / shape.type.bytes();
    long pieceFrom = shape.sums.firstPiece(part);
    long pieceTo = shape.sums.firstPiece(part + 1);
    if (pieceFrom == pieceTo) {
      Elements.zero(shape.type, target, targetIndex, count);
    }
    for (long piece = pieceFrom; piece < pieceTo; piece++) {
      add(group, piece, piece == pieceFrom ? 0 : 1, workspace, own, target, targetIndex);
    }
  }

  /** Adds what a band of an image contributes to a group's weights. */
  private void add(
      long group,
      long piece,
      double beta,
      MemorySegment workspace,
      long own,
      MemorySegment target,
      long targetIndex) {
    ConvGeometry g = shape.geometry;
    long n = piece / shape.bands;
    long firstRow = piece % shape.bands * shape.rows;
    long rows = Math.min(shape.rows, g.outH() - firstRow);
    long columns = (rows + shape.reach) * g.outW();
    long taps = g.groupInChannels() * g.kernelW();
    long first = (n * (g.outH() + shape.reach) + firstRow) * g.outW();
    shape.lowering.walk(input, group, 0, taps, first, first + columns, workspace, own, columns, 1);
    long channel = n * g.outChannels() + group * g.groupOutChannels();
    for (long in = 0; in < g.groupInChannels(); in++) {
      for (long kh = 0; kh < g.kernelH(); kh++) {
        Gemm.multiply(
            shape.type,
            Transpose.NO,
            Transpose.YES,
            g.groupOutChannels(),
            g.kernelW(),
            rows * g.outW(),
            1,
            gradOutput,
            channel * g.outPlane() + firstRow * g.outW(),
            g.outPlane(),
            workspace,
            own + in * g.kernelW() * columns + kh * g.dilationH() * g.outW(),
            columns,
            beta,
            target,
            targetIndex + (in * g.kernelH() + kh) * g.kernelW(),
            g.depth());
      }
    }
  }
}
