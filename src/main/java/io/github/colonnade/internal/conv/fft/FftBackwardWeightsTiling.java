package io.github.colonnade.internal.conv.fft;

import io.github.colonnade.internal.conv.ChannelBlocks;
import io.github.colonnade.internal.conv.Cheapest;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.WorkspaceCap;
import io.github.colonnade.internal.parallel.Idle;
import io.github.colonnade.internal.parallel.PartialSums;

/**
 * How the weights' gradient by Fourier transforms is cut: pairs of tiles into parts, each with a
 * partial gradient, and output and input channels into blocks, whose spectra a task sums over its
 * pairs.
 *
 * @param grid where the tiles lie
 * @param outBlock output channels of a task
 * @param inBlock input channels of a task
 * @param sums parts that the pairs are split into
 */
record FftBackwardWeightsTiling(FftGrid grid, long outBlock, long inBlock, PartialSums.Split sums)
    implements ChannelBlocks {

  /** Returns the cut that should be the fastest within {@code cap}, or null if none fits. */
  static FftBackwardWeightsTiling of(ConvGeometry geometry, ElementType type, WorkspaceCap cap) {
    Cheapest<FftBackwardWeightsTiling> cuts = new Cheapest<>();
    for (FftSize size : FftSizes.of(geometry, type)) {
      FftGrid grid = new FftGrid(geometry, size);
      PartialSums.Split one = PartialSums.Split.whole(type, geometry.weights(), grid.pairs());
      for (long out = geometry.groupOutChannels(); out > 0; out = half(out)) {
        for (long in = geometry.groupInChannels(); in > 0; in = half(in)) {
          FftBackwardWeightsTiling whole = new FftBackwardWeightsTiling(grid, out, in, one);
          if (cap.allows(0, whole.ownBytes())) {
            long room = cap.sharedBytesBeside(whole.ownBytes());
            for (long parts = 1; parts <= whole.mostParts(); parts *= 2) {
              FftBackwardWeightsTiling cut =
                  new FftBackwardWeightsTiling(grid, out, in, one.split(parts, room));
              cuts.offer(cut, cut.cost());
            }
          }
        }
      }
    }
    return cuts.best();
  }

  private static long half(long block) {
    return block == 1 ? 0 : Math.ceilDiv(block, 2);
  }

  /** Estimates nanoseconds of one call on one thread. */
  double cost() {
    FftCost cost = FftCost.of(type());
    double ins = geometry().groupInChannels();
    double outs = geometry().groupOutChannels();
    double pairs = grid.pairs();
    double transforms = pairs * (ins * outBlocks() + outs * inBlocks());
    transforms += ins * outs * sums.parts();
    double products = pairs * ins * outs * cost.product(grid.size());
    double idle = Idle.of(tileCount()) * FftCost.renewing(heapBytes());
    return geometry().groups() * (transforms * cost.transform(grid.size()) + products) * idle;
  }

  @Override
  public ConvGeometry geometry() {
    return grid.geometry();
  }

  ElementType type() {
    return grid.type();
  }

  /** Returns the spectra of a task: its inputs, one of its gradients, and the sums. */
  private long spectra() {
    return inBlock + 1 + inBlock * outBlock;
  }

  /** Returns the blocks of spectra that a task needs room for. */
  int spectrumBlocks() {
    return Math.toIntExact(spectra() * grid.size().blocks());
  }

  @Override
  public long sharedBytes() {
    return sums.bytes();
  }

  @Override
  public long heapBytes() {
    return grid.size().heapBytes(spectra() * grid.size().blocks());
  }

  private long ownBytes() {
    // Both parts are laid out in multiples of 128.
    return heapBytes() + 128;
  }

  @Override
  public String describe() {
    return "%d tasks of %d × %d channels, 2 tiles of %d × %d at a time, %d × %d outputs%s"
        .formatted(
            tileCount(),
            outBlock,
            inBlock,
            grid.size().height(),
            grid.size().width(),
            grid.outHeight(),
            grid.outWidth(),
            sums.parts() > 1 ? ", tiles split " + sums.parts() + " ways" : "");
  }
}
