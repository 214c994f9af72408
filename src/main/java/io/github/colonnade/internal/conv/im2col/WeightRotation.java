package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * Rotates weights by 180° and swaps their channels, {@code [O, C/groups, KH, KW] → [C, O/groups,
 * KH, KW]}, at the start of the shared workspace: the input's gradient at stride 1 is a convolution
 * of the output's gradient with these. One tile is one channel.
 */
final class WeightRotation implements TileTask {
  private final ConvGeometry geometry;
  private final ElementType type;
  private final MemorySegment weight;
  private final TileTask convolution;
  private final TileTask scatter;

  /** Whether a weight was found that is not finite. */
  private volatile boolean notFinite;

  /**
   * Takes the operands of one call.
   *
   * @param geometry sizes of the forward pass
   * @param type element type
   * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
   * @param convolution the phase that convolves with the rotated weights
   * @param scatter what computes the gradient instead where a weight is not finite
   */
  WeightRotation(
      ConvGeometry geometry,
      ElementType type,
      MemorySegment weight,
      TileTask convolution,
      TileTask scatter) {
    this.geometry = geometry;
    this.type = type;
    this.weight = weight;
    this.convolution = convolution;
    this.scatter = scatter;
  }

  @Override
  public long tileCount() {
    return geometry.inChannels();
  }

  @Override
  public TileTask next() {
    return notFinite ? scatter : convolution;
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long group = tile / geometry.groupInChannels();
    long channel = tile % geometry.groupInChannels();
    long kernelArea = geometry.kernelPlane();
    for (long oc = 0; oc < geometry.groupOutChannels(); oc++) {
      long filter = group * geometry.groupOutChannels() + oc;
      long last = filter * geometry.depth() + (channel + 1) * kernelArea - 1;
      long target = (tile * geometry.groupOutChannels() + oc) * kernelArea;
      Elements.copy(type, weight, last, -1, workspace, target, 1, kernelArea);
    }
    long rotated = geometry.groupOutChannels() * kernelArea;
    if (!Elements.allFinite(type, workspace, tile * rotated, rotated)) {
      notFinite = true;
    }
  }
}
