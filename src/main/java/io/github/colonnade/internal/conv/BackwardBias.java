package io.github.colonnade.internal.conv;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The bias's gradient: each channel's {@code gradOutput} summed over batch and plane, image after
 * image in double precision and rounded once. One tile is one channel.
 *
 * @param batch N
 * @param channels O
 * @param plane OH·OW
 * @param type element type
 * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
 * @param gradBias {@code [O]}. Overwritten.
 */
public record BackwardBias(
    long batch,
    long channels,
    long plane,
    ElementType type,
    MemorySegment gradOutput,
    MemorySegment gradBias)
    implements TileTask {

  @Override
  public long tileCount() {
    return channels;
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    double sum = 0;
    for (long n = 0; n < batch; n++) {
      sum += Elements.sum(type, gradOutput, (n * channels + tile) * plane, plane);
    }
    Elements.set(type, gradBias, tile, sum);
  }
}
