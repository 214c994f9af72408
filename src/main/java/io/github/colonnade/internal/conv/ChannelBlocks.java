package io.github.colonnade.internal.conv;

import io.github.colonnade.internal.parallel.PartialSums;

/**
 * A weights' gradient that is cut into blocks of output and of input channels of a group; each is
 * summed in parts.
 */
public interface ChannelBlocks extends Tiling {
  /** Tasks from which on sums are not split any more. */
  long MANY_TASKS = 32;

  /** Returns the sizes. */
  ConvGeometry geometry();

  /** Returns the output channels of a block. */
  long outBlock();

  /** Returns the input channels of a block. */
  long inBlock();

  /** Returns the parts of a block's sums. */
  PartialSums.Split sums();

  /** Returns the blocks of output channels of a group. */
  default long outBlocks() {
    return Math.ceilDiv(geometry().groupOutChannels(), outBlock());
  }

  /** Returns the blocks of input channels of a group. */
  default long inBlocks() {
    return Math.ceilDiv(geometry().groupInChannels(), inBlock());
  }

  /** Returns the blocks of all groups. */
  default long blocks() {
    return geometry().groups() * outBlocks() * inBlocks();
  }

  /** Returns the parts that sums may be split into, which make work for many threads. */
  default long mostParts() {
    return Math.max(1, MANY_TASKS / Math.max(1, blocks()));
  }

  @Override
  default long tileCount() {
    return blocks() * sums().parts();
  }
}
