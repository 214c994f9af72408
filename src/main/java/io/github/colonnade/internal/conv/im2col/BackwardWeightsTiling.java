package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.blas.CoreKind;
import io.github.colonnade.internal.conv.Cheapest;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.conv.lowering.ColumnWalk;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.RowKernels;
import io.github.colonnade.internal.memory.WorkspaceCap;
import io.github.colonnade.internal.parallel.PartialSums;

/**
 * How the weights' gradient is cut: its rows, which are the weights of each output channel, and its
 * channels into blocks, the pixels that it is summed over into pieces.
 *
 * @param geometry sizes
 * @param type element type
 * @param lowering lowers the columns of a piece
 * @param gathered how many images a piece spans
 * @param rowBlock weights of a block
 * @param rowBlocks blocks of a group's weights of one output channel
 * @param channelBlock output channels of a block
 * @param channelBlocks blocks of a group's output channels
 * @param pixels the most pixels of a piece
 * @param piecesPerImage pieces of an image, at least 1
 * @param sums parts that the pieces are split into, each with a partial gradient of its own
 * @param transposed what is transposed first, so that OpenBLAS need not pack it
 * @param gradientsIndex where a tile's output gradients lie in its workspace: behind the columns
 * @param gradientElements elements of these, where they are gathered or transposed
 * @param workspaceBytes scratch bytes of one tile
 */
record BackwardWeightsTiling(
    ConvGeometry geometry,
    ElementType type,
    ColumnWalk lowering,
    GatheredGradients gathered,
    long rowBlock,
    long rowBlocks,
    long channelBlock,
    long channelBlocks,
    long pixels,
    long piecesPerImage,
    PartialSums.Split sums,
    Transposed transposed,
    long gradientsIndex,
    long gradientElements,
    long workspaceBytes)
    implements Tiling {
  /** What is transposed. */
  enum Transposed {
    /** Nothing. */
    NOTHING,
    /** Output gradients, and the block back from what they are multiplied to. */
    GRADIENTS,
    /** Columns. */
    COLUMNS
  }

  private static final long LEAST_CHANNEL_BLOCK = 64;
  private static final long LEAST_ROW_BLOCK = 64;

  /**
   * Rows, and channels where else there were few tiles, that a tile of a 1×1 kernel has at least.
   * With 192 to 576 channels in and 64 or 96 out on planes of 14² this takes 0.6 to 0.8 of the time
   * of one tile, with 32 in and 192 out on 28² 0.5 of that of three (two threads of an Intel Xeon,
   * family 6 model 167).
   */
  private static final long LEAST_SPLIT = 48;

  private static final long LEAST_FEW = 32;
  private static final long FEW_TILES = 4;
  private static final long MOST_ROWS = 384;
  private static final long MOST_PIXELS = 1024;
  private static final long PANEL_BYTES = 1 << 20;

  /** What reading a gradient for a block of rows costs, in products. */
  private static final double GRADIENT = 20;

  /** What adding an element of a partial gradient costs, in products. */
  private static final double PARTIAL = 20;

  /**
   * Multiplying the columns by transposed gradients reaches 86 GFLOP/s with 64 channels and 83 with
   * 128, in double precision with AVX-512, where gradients by transposed columns reach 55 and 65.
   * To transpose takes as long as 40 products an element, so there must be many rows to multiply it
   * by. On AMD Zen 3 both multiplies take as long, so nothing is transposed: 0.87 of the time in
   * double and 0.9 in single precision, over 24 layers of 1 to 512 channels.
   */
  private static final long TRANSPOSED_ROWS = 128;

  private static final long TRANSPOSED_CHANNELS = 256;

  /**
   * A 1×1 kernel has few weights beside its gradients, so to transpose them back must be worth
   * while as well: with 784 pixels or more this takes 0.84 to 1 of the time, with 196 1.06 to 1.3
   * (Intel Xeon with AVX-512, family 6 model 167).
   */
  private static final long TRANSPOSED_PIXELS = 512;

  /**
   * Rows whose columns are transposed and multiplied at once: as many as OpenBLAS's unpacked
   * kernels multiply by. Where no gradients are transposed, 1×1 kernels of 64 to 2048 channels on
   * planes of 7² to 56² take 0.6 to 0.95 of the time so in double precision and 0.55 to 1 in
   * single, 3×3 ones of 256 and 512 channels on planes of 7² and 14² 0.7 to 0.9 and 0.75 to 1 (two
   * threads of an Intel Xeon with AVX-512, family 6 model 167).
   */
  static final long COLUMNS_TOGETHER = 64;

  /** Output channels by which transposed columns must be multiplied at least. */
  private static final long COLUMNS_CHANNELS = 128;

  /** Pixels of a piece whose gradients need not stay in the second-level cache. */
  private static final long COLUMNS_PIXELS = 128;

  /** What transposing an element costs, in products. */
  private static final double TRANSPOSE_F64 = 40;

  private static final double TRANSPOSE_F32 = 60;

  /** How many times as long a multiply takes by columns that OpenBLAS packs. */
  private static final double PACKED_F64 = 1.25;

  private static final double PACKED_F32 = 1.15;

  /** What it takes longer for each element of the result, in products. */
  private static final double PACKED_RESULT = 12;

  /**
   * Cuts the gradient.
   *
   * @param geometry sizes
   * @param type element type
   * @param cap the most scratch memory: that of a tile, and what the partial gradients share
   */
  static BackwardWeightsTiling of(ConvGeometry geometry, ElementType type, WorkspaceCap cap) {
    long budget = Math.min(PANEL_BYTES, cap.threadBytes()) / type.bytes();
    long rows = Math.clamp(budget / 16, 1, Math.min(MOST_ROWS, geometry.depth()));
    long fewest = Math.ceilDiv(geometry.depth(), rows);
    long most = Math.max(fewest, Math.min(fewest + fewest / 2, ConvolutionTiling.MANY_TILES));
    Cheapest<BackwardWeightsTiling> cuts = new Cheapest<>();
    boolean columns = mayTransposeColumns(geometry);
    for (long rowBlocks = fewest; rowBlocks <= most; rowBlocks++) {
      for (long tiles = ConvolutionTiling.enoughTiles(geometry);
          tiles <= ConvolutionTiling.manyTiles(geometry);
          tiles *= 2) {
        offer(cuts, of(geometry, type, cap, rowBlocks, tiles, /* columns= */ false));
        if (columns) {
          offer(cuts, of(geometry, type, cap, rowBlocks, tiles, /* columns= */ true));
        }
      }
    }
    return cuts.best();
  }

  private static void offer(Cheapest<BackwardWeightsTiling> cuts, BackwardWeightsTiling tiling) {
    if (tiling != null) {
      cuts.offer(tiling, tiling.cost());
    }
  }

  /**
   * Cuts the gradient into about so many tiles, rows into so many blocks or more.
   *
   * @param columns whether columns are transposed; returns null where there is no room for that
   */
  private static BackwardWeightsTiling of(
      ConvGeometry geometry,
      ElementType type,
      WorkspaceCap cap,
      long rowBlocks,
      long tiles,
      boolean columns) {
    long most = cap.threadBytes() / type.bytes();
    long budget = Math.min(PANEL_BYTES / type.bytes(), most);
    long groupOut = geometry.groupOutChannels();
    long rowBlock = step(Math.ceilDiv(geometry.depth(), rowBlocks), columns);
    long wanted = Math.clamp(budget / rowBlock, 1, MOST_PIXELS);
    if (columns) {
      wanted = Math.min(wanted, Math.max(COLUMNS_PIXELS, PANEL_BYTES / type.bytes() / groupOut));
    }
    long room = most - rowBlock * wanted;
    long rowBytes = RowKernels.of(type).heapBytes();
    Transposed transposed =
        columns
            ? fitting(Transposed.COLUMNS, geometry, type, rowBlock, wanted, room)
            : transposed(geometry, type, rowBlock, wanted, room);
    if (columns && transposed == Transposed.NOTHING) {
      return null;
    }
    GatheredGradients gathered =
        GatheredGradients.of(
            geometry,
            type,
            wanted,
            room - transposedElements(transposed, geometry, type, rowBlock, wanted));
    long pixels =
        gathered.isUsed()
            ? gathered.pixels()
            : columns
                ? ConvolutionTiling.wholePixels(type, wanted, wanted, geometry.outPlane())
                : Math.min(wanted, geometry.outPlane());
    long weights = geometry.weights();
    long pieces =
        gathered.isUsed() ? gathered.tiles() : geometry.batch() * piecesPerImage(geometry, pixels);
    PartialSums.Split one = PartialSums.Split.whole(type, weights, pieces);
    BackwardWeightsTiling whole =
        cut(
            geometry,
            type,
            gathered,
            rowBlock,
            groupOut,
            pixels,
            one,
            transposed,
            cap.threadBytes());
    // Splitting the pixels costs a sum of partial gradients; splitting rows reads the output's
    // gradients once for each block; splitting channels would lower every pixel once for each, so
    // it is the last choice.
    long owned = geometry.groups() * whole.rowBlocks;
    long forPartials =
        cap.sharedBytesBeside(whole.workspaceBytes + whole.lowering.heapBytes() + rowBytes);
    PartialSums.Split sums = one.split(Math.ceilDiv(tiles, owned), forPartials);
    long wantedBlocks = Math.ceilDiv(tiles, owned * sums.parts());
    boolean rowsFirst =
        transposed == Transposed.COLUMNS || (transposed == Transposed.NOTHING && whole.isLowered());
    long rowParts = rowsFirst ? Math.clamp(rowBlock / LEAST_ROW_BLOCK, 1, wantedBlocks) : 1;
    wantedBlocks = Math.ceilDiv(wantedBlocks, rowParts);
    long leastBlock = transposed == Transposed.COLUMNS ? COLUMNS_CHANNELS : LEAST_CHANNEL_BLOCK;
    long blocks = Math.clamp(groupOut / leastBlock, 1, wantedBlocks);
    if (transposed == Transposed.NOTHING && !whole.isLowered()) {
      // Nothing is lowered, so it costs as little to split rows.
      rowParts = Math.clamp(rowBlock / LEAST_SPLIT, 1, Math.ceilDiv(wantedBlocks, blocks));
      if (owned * sums.parts() * blocks * rowParts < FEW_TILES) {
        blocks = Math.clamp(groupOut / LEAST_FEW, 1, wantedBlocks);
      }
    }
    return cut(
        geometry,
        type,
        gathered,
        step(Math.ceilDiv(rowBlock, rowParts), columns),
        Math.ceilDiv(groupOut, blocks),
        pixels,
        sums,
        transposed,
        cap.threadBytesBeside(sums.bytes()));
  }

  /** Returns a block of so many rows or, where their columns are transposed, of whole vectors. */
  private static long step(long rows, boolean columns) {
    return columns ? Math.ceilDiv(rows, COLUMNS_TOGETHER) * COLUMNS_TOGETHER : rows;
  }

  /** Returns whether gradients are transposed, where there is room for it. */
  private static Transposed transposed(
      ConvGeometry geometry, ElementType type, long rowBlock, long pixels, long room) {
    return CoreKind.current() == CoreKind.AVX512
            && rowBlock >= TRANSPOSED_ROWS
            && (!geometry.isPointwise() || geometry.outPixels() >= TRANSPOSED_PIXELS)
            && geometry.groupOutChannels() <= TRANSPOSED_CHANNELS
        ? fitting(Transposed.GRADIENTS, geometry, type, rowBlock, pixels, room)
        : Transposed.NOTHING;
  }

  /** Returns whether it may pay to transpose columns: where gradients are not. */
  private static boolean mayTransposeColumns(ConvGeometry geometry) {
    return CoreKind.current() == CoreKind.AVX512
        && geometry.groupOutChannels() >= COLUMNS_CHANNELS
        && geometry.depth() >= COLUMNS_TOGETHER
        && (geometry.groupOutChannels() > TRANSPOSED_CHANNELS
            || geometry.depth() < TRANSPOSED_ROWS
            || geometry.outPixels() < TRANSPOSED_PIXELS
            || geometry.isStrided());
  }

  private static Transposed fitting(
      Transposed transposed,
      ConvGeometry geometry,
      ElementType type,
      long rowBlock,
      long pixels,
      long room) {
    boolean ofGradients = transposed == Transposed.GRADIENTS;
    long gradients = ofGradients ? geometry.groupOutChannels() * pixels : 0;
    long elements = transposedElements(transposed, geometry, type, rowBlock, pixels);
    return gradients + elements <= room ? transposed : Transposed.NOTHING;
  }

  /** Returns the elements, on the heap as well, of what is transposed but for gradients. */
  private static long transposedElements(
      Transposed transposed, ConvGeometry geometry, ElementType type, long rowBlock, long pixels) {
    long rowElements = RowKernels.of(type).heapBytes() / type.bytes();
    return switch (transposed) {
      case NOTHING -> 0;
      case GRADIENTS -> geometry.groupOutChannels() * rowBlock + rowElements;
      case COLUMNS -> COLUMNS_TOGETHER * pixels + rowElements;
    };
  }

  /** Returns the work of all tiles, in that of their products. */
  private double cost() {
    double columns = ColumnCost.current().column(geometry) / channelBlock;
    // OpenBLAS's unpacked kernels read them where they are.
    boolean inPlace = transposed == Transposed.COLUMNS && !gathered.isUsed();
    double gradients = inPlace ? 0 : GRADIENT / rowBlock;
    double partials = sums.parts() == 1 ? 0 : PARTIAL * sums.parts() / geometry.outPixels();
    double tiles = (double) geometry.groups() * channelBlocks * rowBlocks * sums.parts();
    double multiply = mayTransposeColumns(geometry) ? multiply() : 1;
    return (multiply + columns + gradients + partials) * ConvolutionTiling.waiting(geometry, tiles);
  }

  /** Returns the work of multiplying and transposing, in that of products of unpacked columns. */
  private double multiply() {
    double transpose = type == ElementType.F64 ? TRANSPOSE_F64 : TRANSPOSE_F32;
    return switch (transposed) {
      case NOTHING -> packed();
      case GRADIENTS -> 1 + transpose / rowBlock + transpose / Math.max(1, geometry.outPixels());
      case COLUMNS -> 1 + transpose / channelBlock;
    };
  }

  private double packed() {
    double packed = type == ElementType.F64 ? PACKED_F64 : PACKED_F32;
    return packed + PACKED_RESULT / Math.max(1, pixels);
  }

  private static BackwardWeightsTiling cut(
      ConvGeometry geometry,
      ElementType type,
      GatheredGradients gathered,
      long rowBlock,
      long channelBlock,
      long pixels,
      PartialSums.Split sums,
      Transposed transposed,
      long maxWorkspaceBytes) {
    long columns = isLowered(geometry, gathered) ? rowBlock * pixels : 0;
    boolean ofGradients = transposed == Transposed.GRADIENTS;
    long gradients = gathered.isUsed() || ofGradients ? geometry.groupOutChannels() * pixels : 0;
    long block =
        switch (transposed) {
          case NOTHING -> 0;
          case GRADIENTS -> rowBlock * channelBlock;
          case COLUMNS -> COLUMNS_TOGETHER * pixels;
        };
    long bytes = (columns + gradients + block) * type.bytes();
    long rowBytes =
        transposed != Transposed.NOTHING || sums.parts() > 1 ? RowKernels.of(type).heapBytes() : 0;
    return new BackwardWeightsTiling(
        geometry,
        type,
        ColumnWalk.lowering(geometry, type, pixels, maxWorkspaceBytes - bytes - rowBytes),
        gathered,
        rowBlock,
        Math.ceilDiv(geometry.depth(), rowBlock),
        channelBlock,
        Math.ceilDiv(geometry.groupOutChannels(), channelBlock),
        pixels,
        Math.max(1, piecesPerImage(geometry, pixels)),
        sums,
        transposed,
        columns,
        gradients,
        bytes);
  }

  private static long piecesPerImage(ConvGeometry geometry, long pixels) {
    return Math.ceilDiv(geometry.outPlane(), Math.max(1, pixels));
  }

  /** Returns whether columns are lowered, otherwise the input itself is multiplied. */
  boolean isLowered() {
    return isLowered(geometry, gathered);
  }

  private static boolean isLowered(ConvGeometry geometry, GatheredGradients gathered) {
    return gathered.isUsed() || !geometry.isPointwise();
  }

  /** Returns where a tile's transposed block or columns lie in its workspace. */
  long blockIndex() {
    return gradientsIndex + gradientElements;
  }

  @Override
  public long heapBytes() {
    long rows =
        transposed != Transposed.NOTHING || sums.parts() > 1 ? RowKernels.of(type).heapBytes() : 0;
    return (isLowered() ? lowering.heapBytes() : 0) + rows;
  }

  @Override
  public long sharedBytes() {
    return sums.bytes();
  }

  @Override
  public long tileCount() {
    return geometry.groups() * channelBlocks * rowBlocks * sums.parts();
  }

  @Override
  public String describe() {
    return tileCount()
        + " tiles of "
        + channelBlock
        + " channels × "
        + rowBlock
        + " weights, "
        + pixels
        + " pixels at a time"
        + switch (transposed) {
          case NOTHING -> "";
          case GRADIENTS -> ", gradients transposed";
          case COLUMNS -> ", columns transposed";
        }
        + (sums.parts() > 1 ? ", pixels split " + sums.parts() + " ways" : "")
        + (gathered.isUsed() ? ", several images a tile" : "");
  }
}
