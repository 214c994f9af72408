package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.lowering.PanelOrder;
import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * Output gradients of several small images gathered side by side, {@code [O/groups, images·OH·OW]},
 * so that one wide GEMM takes them all.
 *
 * @param images images of a tile; 0 where planes are large enough as they are
 */
record GatheredGradients(ConvGeometry geometry, ElementType type, long images) {

  /**
   * Decides how many images to gather.
   *
   * @param wantedPixels the width that GEMM works well at
   * @param room elements that the gradients may take
   */
  static GatheredGradients of(
      ConvGeometry geometry, ElementType type, long wantedPixels, long room) {
    long plane = Math.max(1, geometry.outPlane());
    long fitting = Math.min(wantedPixels, room / geometry.groupOutChannels()) / plane;
    long images = Math.min(fitting, geometry.batch());
    return new GatheredGradients(geometry, type, images > 1 ? images : 0);
  }

  boolean isUsed() {
    return images > 0;
  }

  long pixels() {
    return images * geometry.outPlane();
  }

  long tiles() {
    return Math.ceilDiv(geometry.batch(), images);
  }

  long elements() {
    return geometry.groupOutChannels() * pixels();
  }

  /**
   * Gathers some channels of a group, some images: rows of {@code (imageTo - imageFrom)·OH·OW} in
   * {@link PanelOrder}.
   */
  void gather(
      MemorySegment gradOutput,
      long group,
      long imageFrom,
      long imageTo,
      long channelFrom,
      long channelTo,
      MemorySegment target,
      long targetIndex) {
    PanelOrder order = new PanelOrder(geometry, (imageTo - imageFrom) * geometry.outPlane());
    long step = geometry.outChannels() * geometry.outPlane();
    for (long oc = channelFrom; oc < channelTo; oc++) {
      long source = geometry.outputIndex(imageFrom, group, oc);
      long to = targetIndex + (oc - channelFrom) * order.pixels();
      order.fromPlanes(type, gradOutput, source, step, target, to);
    }
  }
}
