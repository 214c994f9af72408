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
 *
 * @param geometry sizes of the forward pass
 * @param type element type
 * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
 * @param next the phase that convolves with the rotated weights
 */
record WeightRotation(ConvGeometry geometry, ElementType type, MemorySegment weight, TileTask next)
    implements TileTask {

  @Override
  public long tileCount() {
    return geometry.inChannels();
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
  }
}
