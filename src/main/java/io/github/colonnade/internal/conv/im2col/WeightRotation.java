package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * Turns weights by half a circle and swaps their channels, {@code [O, C/groups, KH, KW] → [C,
 * O/groups, KH, KW]}, at the start of the shared workspace: the input's gradient at stride 1 is a
 * convolution of the output's gradient with these. One tile is one channel.
 */
final class WeightRotation implements TileTask {
  private final ConvGeometry geometry;
  private final Im2colForward convolution;

  /**
   * Takes what runs with the rotated weights.
   *
   * @param geometry sizes of the forward pass
   * @param convolution the operands, the weight as {@code [O, C/groups, KH, KW]}
   */
  WeightRotation(ConvGeometry geometry, Im2colForward convolution) {
    this.geometry = geometry;
    this.convolution = convolution;
  }

  /**
   * Output channels for each input channel up to which lowering them costs less than scattering the
   * input's, where whole planes are lowered by one copy: 3 take 0.35 to 0.55 of the time of the
   * scatter, 8 0.5 to 0.85, 11 up to 1.1.
   */
  private static final long MOST_OUTPUTS = 8;

  /** Where they are not: 2 take 0.35 to 0.65, 3 up to 2.5. */
  private static final long MOST_CROPPED_OUTPUTS = 2;

  /** Returns whether the input's gradient is a convolution without a stride, and cheaper so. */
  static boolean suits(ConvGeometry geometry) {
    long most = geometry.outW() == geometry.inW() ? MOST_OUTPUTS : MOST_CROPPED_OUTPUTS;
    return most * geometry.groupInChannels() >= geometry.groupOutChannels()
        && geometry.strideH() == 1
        && geometry.strideW() == 1
        && geometry.padTop() <= (geometry.kernelH() - 1) * geometry.dilationH()
        && geometry.padLeft() <= (geometry.kernelW() - 1) * geometry.dilationW();
  }

  /** Returns the bytes of the weights. */
  static long bytes(ConvGeometry geometry, ElementType type) {
    return geometry.weights() * type.bytes();
  }

  @Override
  public long tileCount() {
    return geometry.inChannels();
  }

  @Override
  public TileTask next() {
    return convolution;
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
      Elements.copy(
          convolution.type(), convolution.weight(), last, -1, workspace, target, 1, kernelArea);
    }
  }
}
