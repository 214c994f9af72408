package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.memory.RowKernels;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * Rotates weights by 180° and swaps their channels, {@code [O, C/groups, KH, KW] → [C, O/groups,
 * KH, KW]}, at the start of the shared workspace: the input's gradient at stride 1 is a convolution
 * of the output's gradient with these. One tile is some input channels of a group, whose weights
 * lie side by side.
 */
final class WeightRotation implements TileTask {
  /** Input channels of a tile: with 3×3 weights they are a few cache lines in each filter. */
  private static final long BLOCK = 8;

  private final RotatedTiling tiling;
  private final Epilogue epilogue;
  private final MemorySegment gradOutput;
  private final MemorySegment weight;
  private final MemorySegment bias;
  private final MemorySegment gradInput;

  /** Whether a weight was found that is not finite. */
  private volatile boolean notFinite;

  /**
   * Takes the operands of one call.
   *
   * @param tiling how the gradient is cut
   * @param epilogue what becomes of its sums
   * @param gradOutput {@code [N, O, OH, OW]}, or null to rotate the weights and no more. Not
   *     modified.
   * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
   * @param bias {@code [C]}, or null for none. Not modified.
   * @param gradInput {@code [N, C, H, W]}. Overwritten.
   */
  WeightRotation(
      RotatedTiling tiling,
      Epilogue epilogue,
      MemorySegment gradOutput,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment gradInput) {
    this.tiling = tiling;
    this.epilogue = epilogue;
    this.gradOutput = gradOutput;
    this.weight = weight;
    this.bias = bias;
    this.gradInput = gradInput;
  }

  @Override
  public long tileCount() {
    return tiling.geometry().groups() * blocks();
  }

  @Override
  public long mostTiles() {
    return gradOutput == null ? tileCount() : Math.max(tileCount(), tiling.tileCount());
  }

  @Override
  public TileTask next() {
    if (gradOutput == null) {
      return null;
    }
    return notFinite
        ? new Im2colBackwardInput(tiling.scatter(), gradOutput, weight, bias, epilogue, gradInput)
        : new Im2colConvolution(tiling.convolution(), gradOutput, null, bias, epilogue, gradInput);
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    ConvGeometry geometry = tiling.geometry();
    ElementType type = tiling.convolution().type();
    long group = tile / blocks();
    long channel = tile % blocks() * BLOCK;
    long channels = Math.min(BLOCK, geometry.groupInChannels() - channel);
    long area = geometry.kernelPlane();
    long outs = geometry.groupOutChannels();
    long from = geometry.weightIndex(group, 0) + channel * area;
    long to = (group * geometry.groupInChannels() + channel) * outs * area;
    RowKernels.of(type).rotate(weight, from, geometry.depth(), outs, channels, area, workspace, to);
    if (!Elements.allFinite(type, workspace, to, channels * outs * area)) {
      notFinite = true;
    }
  }

  private long blocks() {
    return Math.ceilDiv(tiling.geometry().groupInChannels(), BLOCK);
  }
}
