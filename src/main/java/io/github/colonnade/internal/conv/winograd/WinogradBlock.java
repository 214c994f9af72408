package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.FreeList;
import io.github.colonnade.internal.memory.Parts;
import java.lang.foreign.MemorySegment;

/**
 * The tiles of one task, and what transforms them: kept from call to call with the arrays on the
 * heap that it computes in; one thread at a time uses one.
 *
 * <p>Several channels are transformed together where their tiles are few.
 */
final class WinogradBlock {
  private static final FreeList<WinogradBlock> F64 =
      new FreeList<>(() -> of(ElementType.F64), WinogradBlock::bytes);
  private static final FreeList<WinogradBlock> F32 =
      new FreeList<>(() -> of(ElementType.F32), WinogradBlock::bytes);

  private final WinogradTransform transform;
  private final KernelTransform kernels;
  private final TileBands bands = new TileBands();
  private TileGrid grid;
  private int columns;
  private Pixels pixels;

  /** What the transform's pixels are, and so where zeros lie between them. */
  private enum Pixels {
    NONE,
    INPUTS,
    GRADIENTS,
    OUTPUTS
  }

  private WinogradBlock(WinogradTransform transform) {
    this.transform = transform;
    kernels = new KernelTransform(transform.type());
  }

  private static WinogradBlock of(ElementType type) {
    return new WinogradBlock(WinogradTransform.of(type));
  }

  private static FreeList<WinogradBlock> list(ElementType type) {
    return type == ElementType.F64 ? F64 : F32;
  }

  /** Returns a block for one thread, with room for a task of {@code grid}. */
  static WinogradBlock acquire(TileGrid grid) {
    WinogradBlock block = list(grid.type()).take();
    block.grid = grid;
    block.bands.reserve(grid);
    block.transform.reserve(grid.channels(), grid.pixels());
    return block;
  }

  /** Takes back what {@link #acquire} gave. */
  static void release(WinogradBlock block) {
    block.grid = null;
    block.bands.release();
    list(block.transform.type()).give(block);
  }

  /** Returns the bytes of the arrays on the heap that a task of {@code grid} computes in. */
  static long heapBytes(TileGrid grid) {
    long all = (long) grid.channels() * grid.pixels();
    return WinogradTransform.bytes(grid.type(), all, grid.pixels())
        + KernelTransform.bytes(grid.type())
        + TileBands.bytes(grid);
  }

  private long bytes() {
    return transform.bytes() + KernelTransform.bytes(transform.type()) + bands.bytes();
  }

  /** Returns the tiles located. */
  int tiles() {
    return bands.tiles();
  }

  /** Returns the columns of a multiply of the tiles located: these, and perhaps some of zeros. */
  int columns() {
    return columns;
  }

  KernelTransform kernels() {
    return kernels;
  }

  /** Finds the tiles of a block. */
  void locate(long index) {
    bands.locate(index);
    columns = (int) Gemm.paddedColumns(grid.type(), bands.tiles());
    pixels = Pixels.NONE;
  }

  /** Makes the pixels ready for others than were there; what tiles do not cover stays zero. */
  private void begin(Pixels next) {
    if (pixels != next) {
      transform.clear(grid.channels() * grid.pixels());
      pixels = next;
    }
  }

  /** Returns the channels that are transformed together, {@code stride} lanes apart. */
  private int together(long stride) {
    return Math.clamp(WinogradTransform.lanes(grid.type()) / stride, 1, grid.channels());
  }

  /** Returns the tiles of a channel that are transformed together. */
  private int part() {
    long most = WinogradTransform.lanes(grid.type());
    return (int) WinogradTransform.whole(grid.type(), Parts.evenSize(Math.max(1, tiles()), most));
  }

  /** Returns the lanes of some channels' tiles from one on, and of columns of zeros. */
  private int lanes(int channels, long stride, int tile) {
    int last = tile + part() >= tiles() ? columns - tile : part();
    return (int) ((channels - 1) * stride) + last;
  }

  /**
   * Transforms the tiles of some input channels.
   *
   * @param from the first channel
   * @param to behind the last
   * @param index where the first one's tiles go
   * @param stride elements from a channel to the next
   * @param apart elements from a frequency to the next
   */
  void transformInput(
      MemorySegment input,
      long from,
      long to,
      MemorySegment target,
      long index,
      long stride,
      long apart) {
    transform(Pixels.INPUTS, input, from, to, target, index, stride, apart);
  }

  /** Transforms the tiles of some output channels' gradients, as {@link #transformInput} does. */
  void transformGradient(
      MemorySegment gradient,
      long from,
      long to,
      MemorySegment target,
      long index,
      long stride,
      long apart) {
    transform(Pixels.GRADIENTS, gradient, from, to, target, index, stride, apart);
  }

  private void transform(
      Pixels kind,
      MemorySegment source,
      long from,
      long to,
      MemorySegment target,
      long index,
      long stride,
      long apart) {
    begin(kind);
    int together = together(stride);
    for (long channel = from; channel < to; channel += together) {
      int some = (int) Math.min(together, to - channel);
      for (int i = 0; i < some; i++) {
        load(kind, source, channel + i, i * grid.pixels());
      }
      for (int tile = 0; tile < tiles(); tile += part()) {
        int count = Math.min(part(), tiles() - tile);
        for (int i = 0; i < some; i++) {
          take(kind, i * grid.pixels(), tile, (int) (i * stride), count);
        }
        long first = index + (channel - from) * stride + tile;
        int lanes = lanes(some, stride, tile);
        if (kind == Pixels.INPUTS) {
          transform.transformInput(lanes, target, first, apart);
        } else {
          transform.transformGradient(lanes, target, first, apart);
        }
      }
    }
  }

  private void load(Pixels kind, MemorySegment source, long channel, int place) {
    if (kind == Pixels.INPUTS) {
      bands.loadInputs(transform, source, channel, place);
    } else {
      bands.loadGradients(transform, source, channel, place);
    }
  }

  /** Takes all rows of some tiles of one channel. */
  private void take(Pixels kind, int place, int tile, int lane, int count) {
    if (kind == Pixels.INPUTS) {
      for (int row = 0; row < WinogradTransform.INPUTS; row++) {
        int offset = place + row * grid.inputPitch();
        transform.takeInputs(row, bands.inputPlaces(), tile, offset, lane, count);
      }
    } else {
      for (int row = 0; row < WinogradTransform.OUTPUTS; row++) {
        int offset = place + row * grid.outputPitch();
        transform.takeGradients(row, bands.outputPlaces(), tile, offset, lane, count);
      }
    }
  }

  /**
   * Transforms the products of some output channels and writes their pixels; what lies as {@link
   * #transformInput} says.
   *
   * @return whether all pixels are finite
   */
  boolean transformOutput(
      MemorySegment source,
      long index,
      long stride,
      long apart,
      MemorySegment bias,
      Epilogue epilogue,
      MemorySegment output,
      long from,
      long to) {
    begin(Pixels.OUTPUTS);
    transform.beginOutputs();
    int together = together(stride);
    for (long channel = from; channel < to; channel += together) {
      int some = (int) Math.min(together, to - channel);
      for (int tile = 0; tile < tiles(); tile += part()) {
        int count = Math.min(part(), tiles() - tile);
        long first = index + (channel - from) * stride + tile;
        transform.transformOutput(source, first, apart, lanes(some, stride, tile));
        for (int i = 0; i < some; i++) {
          int lane = (int) (i * stride);
          for (int row = 0; row < WinogradTransform.OUTPUTS; row++) {
            int offset = i * grid.pixels() + row * grid.outputPitch();
            transform.putOutputs(
                row, bands.outputPlaces(), tile, offset, lane, count, bias, channel + i);
          }
        }
      }
      for (int i = 0; i < some; i++) {
        int place = i * grid.pixels();
        transform.finishOutputs(place, bands.outputPixels(), epilogue);
        bands.storeOutputs(transform, output, channel + i, place);
      }
    }
    return transform.outputsAreFinite();
  }
}
