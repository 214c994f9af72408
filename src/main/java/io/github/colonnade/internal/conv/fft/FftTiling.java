package io.github.colonnade.internal.conv.fft;

import io.github.colonnade.internal.conv.Cheapest;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.WorkspaceCap;
import io.github.colonnade.internal.parallel.Idle;

/**
 * How a convolution by Fourier transforms is cut: a task is a pair of tiles and a block of output
 * channels of a group.
 *
 * @param grid where the tiles lie
 * @param transposed whether the weight lies as {@code [C, O/groups, KH, KW]} and is turned by half
 *     a turn, as in the input's gradient
 * @param outBlock output channels of a task
 * @param keepsInputs whether the spectra of all input channels are kept while outputs are computed
 *     one by one, or those of the block's outputs while inputs are added one by one
 * @param sharedWeights whether the weights are transformed once, beforehand
 */
record FftTiling(
    FftGrid grid, boolean transposed, long outBlock, boolean keepsInputs, boolean sharedWeights)
    implements Tiling {

  /** Returns the cut that should be the fastest within {@code cap}, or null if none fits. */
  static FftTiling of(
      ConvGeometry geometry, ElementType type, boolean transposed, WorkspaceCap cap) {
    Cheapest<FftTiling> cuts = new Cheapest<>();
    long outs = geometry.groupOutChannels();
    for (FftSize size : FftSizes.of(geometry, type)) {
      FftGrid grid = new FftGrid(geometry, size);
      for (long block = outs; block > 0; block = block == 1 ? 0 : Math.ceilDiv(block, 2)) {
        for (int choice = 0; choice < 4; choice++) {
          FftTiling cut =
              new FftTiling(grid, transposed, block, (choice & 1) == 0, (choice & 2) == 0);
          if (cap.allows(cut.sharedBytes(), cut.ownBytes())) {
            cuts.offer(cut, cut.cost());
          }
        }
      }
    }
    return cuts.best();
  }

  /** Returns the least {@code maxBytes} that can be planned with. */
  static long leastBytes(ConvGeometry geometry, ElementType type) {
    FftGrid grid = new FftGrid(geometry, FftSizes.least(geometry, type));
    return new FftTiling(grid, false, 1, false, false).ownBytes();
  }

  /** Estimates nanoseconds of one call on one thread. */
  double cost() {
    FftCost cost = FftCost.of(type());
    double ins = geometry().groupInChannels();
    double outs = geometry().groupOutChannels();
    double pairs = grid.pairs();
    double transform = cost.transform(grid.size());
    double transforms = pairs * (ins * outBlocks() + outs);
    transforms += ins * outs * (sharedWeights ? 1 : pairs);
    double products = pairs * ins * outs * cost.product(grid.size());
    double idle = Idle.of(tileCount()) * FftCost.renewing(heapBytes());
    return geometry().groups() * (transforms * transform + products) * idle;
  }

  /** Returns the same cut, with the weights transformed once. */
  FftTiling withSharedWeights() {
    return new FftTiling(grid, transposed, outBlock, keepsInputs, /* sharedWeights= */ true);
  }

  ConvGeometry geometry() {
    return grid.geometry();
  }

  ElementType type() {
    return grid.type();
  }

  long outBlocks() {
    return Math.ceilDiv(geometry().groupOutChannels(), outBlock);
  }

  @Override
  public long tileCount() {
    return grid.pairs() * geometry().groups() * outBlocks();
  }

  /** Returns whether a task multiplies one spectrum by one other, block by block. */
  boolean filters() {
    return sharedWeights && outBlock == 1 && geometry().groupInChannels() == 1;
  }

  /** Returns the blocks of spectra that a task needs room for. */
  int spectrumBlocks() {
    if (filters()) {
      return 1;
    }
    return Math.toIntExact(kernelSpectrum() + (sharedWeights ? 0 : 1)) * grid.size().blocks();
  }

  /** Returns which spectrum a kernel's is, behind those of inputs and outputs. */
  int kernelSpectrum() {
    return (int) (1 + (keepsInputs ? geometry().groupInChannels() : outBlock));
  }

  /** Returns the first element of a kernel's spectrum, where these are shared. */
  long kernelIndex(long group, long outChannel, long inChannel) {
    long outs = geometry().groupOutChannels();
    long kernel = (group * outs + outChannel) * geometry().groupInChannels() + inChannel;
    return kernel * grid.size().spectrumElements();
  }

  /** Returns the first weight of a kernel. */
  long weightIndex(long group, long outChannel, long inChannel) {
    long outs = geometry().groupOutChannels();
    long ins = geometry().groupInChannels();
    long kernel =
        transposed
            ? (group * ins + inChannel) * outs + outChannel
            : (group * outs + outChannel) * ins + inChannel;
    return kernel * geometry().kernelPlane();
  }

  /** Returns the bytes of the weights, where they are shared. */
  long weightBytes() {
    long kernels = geometry().outChannels() * geometry().groupInChannels();
    return kernels * grid.size().spectrumElements() * type().bytes();
  }

  @Override
  public long sharedBytes() {
    return sharedWeights ? weightBytes() : 0;
  }

  @Override
  public long heapBytes() {
    long spectra = kernelSpectrum() + (sharedWeights ? 0L : 1L);
    long blocks = filters() ? 1 : spectra * grid.size().blocks();
    return grid.size().heapBytes(blocks);
  }

  private long ownBytes() {
    // Both parts are laid out in multiples of 128.
    return heapBytes() + 128;
  }

  @Override
  public String describe() {
    return "%d tasks of 2 tiles of %d × %d, %d × %d outputs, × %d channels, weights transformed %s"
        .formatted(
            tileCount(),
            grid.size().height(),
            grid.size().width(),
            grid.outHeight(),
            grid.outWidth(),
            outBlock,
            sharedWeights ? "once" : "for each task");
  }
}
