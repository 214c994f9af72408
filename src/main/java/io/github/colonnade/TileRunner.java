package io.github.colonnade;

import io.github.colonnade.Tiles.Region;
import io.github.colonnade.Tiles.Tile;
import io.github.colonnade.internal.border.PadForward;
import io.github.colonnade.internal.border.PadGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.memory.ScratchPool;
import io.github.colonnade.internal.parallel.RangeTask;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs an operator over images tile by tile, {@code [N, C, H, W] → [N, O, OH, OW]}: for those that
 * are larger than memory, such as a file that {@link Npy#map} maps into one that {@link Npy#create}
 * makes.
 *
 * {@snippet file="io/github/colonnade/examples/TileByTile.java" region="file"}
 *
 * <p>Memory is needed for one tile of one image: its source and its target, of all channels.
 * Immutable and safe to share between threads.
 */
public final class TileRunner {
  private final Tiles tiles;
  private final @Nullable Pad2d border;
  private final int threads;

  private TileRunner(Tiles tiles, @Nullable Pad2d border, int threads) {
    this.tiles = tiles;
    this.border = border;
    this.threads = threads;
  }

  /** Computes tiles. */
  @FunctionalInterface
  public interface Operation {
    /**
     * Computes one tile of one image, in native memory that is another tile's later.
     *
     * @param tile which one
     * @param source its part of the input, {@code [1, C, h, w]}. Not modified.
     * @param target its part of the output, {@code [1, O, oh, ow]}, of arbitrary content.
     *     Overwritten.
     */
    void compute(Tile tile, Tensor source, Tensor target);
  }

  /**
   * Runs over these tiles; threads as of {@link PlanOptions#defaults}.
   *
   * @param tiles of all images alike
   * @return a runner without a border
   */
  public static TileRunner of(Tiles tiles) {
    return new TileRunner(
        Objects.requireNonNull(tiles, "tiles"), null, PlanOptions.defaults().threads());
  }

  /**
   * Returns a runner whose tiles are those of padded images, which never exist as a whole: a tile's
   * source is read with as much of the border as it has part in.
   *
   * @param border what pads the input; the tiles are split from the height and width of its output
   * @return a new runner
   */
  public TileRunner withBorder(Pad2d border) {
    return new TileRunner(tiles, Objects.requireNonNull(border, "border"), threads);
  }

  /**
   * Returns a runner that moves sources and targets with another number of threads.
   *
   * @param threads threads at most, the caller's included
   * @return a new runner
   * @throws IllegalArgumentException if {@code threads} is below 1
   */
  public TileRunner withThreads(int threads) {
    return new TileRunner(tiles, border, Operands.requireThreads(threads));
  }

  /**
   * Computes all tiles of all images, one after the other, in the order of the images and then of
   * {@link Tiles#get}. If the operation throws, that is thrown, and the output holds the tiles
   * before.
   *
   * @param input {@code [N, C, H, W]} of the tiles' height and width before a border, F64 or F32.
   *     Not modified.
   * @param output {@code [N, O, OH, OW]} of the tiles' output height and width, F64 or F32.
   *     Overwritten; must not overlap the input.
   * @param operation called once for each tile of each image
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   * @throws InternalError if an operand is mapped from a file that is cut short or whose disk is
   *     full, naming the operand
   * @throws OutOfMemoryError if there is no memory for a tile
   */
  public void run(Tensor input, Tensor output, Operation operation) {
    ElementType inputType = Operands.requireFloatingPoint("input", input);
    ElementType outputType = Operands.requireFloatingPoint("output", output);
    Objects.requireNonNull(operation, "operation");
    requireInput(input);
    Operands.requireImages("output", output.shape());
    Operands.requireOutput(
        "output",
        output,
        output.dtype(),
        input.size(0),
        output.size(1),
        tiles.outputH(),
        tiles.outputW());
    Operands.requireReadable("input", input);
    Operands.requireDisjoint("output", output, "input", input);
    if (output.elementCount() == 0) {
      return;
    }
    long staged = Staging.bytes(input, output);
    if (staged > 0) {
      Staging.run(staged, copies -> run(copies.in(input), copies.out(output), operation));
      return;
    }
    Pass pass = new Pass(input, inputType, output, outputType, operation);
    for (long n = 0; n < input.size(0); n++) {
      for (Tile tile : tiles) {
        pass.run(n, tile);
      }
    }
  }

  private void requireInput(Tensor input) {
    long[] shape = input.shape();
    Operands.requireImages("input", shape);
    long[] whole = border == null ? shape : border.outputShape(shape);
    if (whole[2] != tiles.inputH() || whole[3] != tiles.inputW()) {
      throw Operands.wrongShape(
          border == null ? "input" : "input with its border",
          whole,
          "[N, C, " + tiles.inputH() + ", " + tiles.inputW() + "]");
    }
  }

  /** One call's operands. */
  private final class Pass {
    private final Tensor input;
    private final ElementType inputType;
    private final Tensor output;
    private final ElementType outputType;
    private final Operation operation;

    Pass(
        Tensor input,
        ElementType inputType,
        Tensor output,
        ElementType outputType,
        Operation operation) {
      this.input = input;
      this.inputType = inputType;
      this.output = output;
      this.outputType = outputType;
      this.operation = operation;
    }

    void run(long image, Tile tile) {
      long[] from = {1, input.size(1), tile.source().height(), tile.source().width()};
      long[] to = {1, output.size(1), tile.target().height(), tile.target().width()};
      long targetAt = Math.ceilDiv(Shapes.byteSize("source", input.dtype(), from), 128) * 128;
      long bytes = targetAt + Shapes.byteSize("target", output.dtype(), to);
      ScratchPool.Block block = ScratchPool.SHARED.acquire(bytes, "for a tile: use smaller ones");
      try {
        Tensor source = view(block, 0, input.dtype(), from);
        Tensor target = view(block, targetAt, output.dtype(), to);
        read(image, tile.source(), source);
        operation.compute(tile, source, target);
        write(target, image, tile.target());
      } finally {
        ScratchPool.SHARED.release(block);
      }
    }

    private Tensor view(ScratchPool.Block block, long at, DType dtype, long... shape) {
      long bytes = Shapes.byteSize("tile", dtype, shape);
      return Tensor.of(block.segment().asSlice(at, bytes), dtype, shape);
    }

    /** Reads a region of an image: a padding whose sides are negative where it is cut. */
    private void read(long image, Region region, Tensor source) {
      if (source.elementCount() == 0) {
        return;
      }
      PadGeometry geometry =
          border == null
              ? PadGeometry.window(
                  input.size(1),
                  input.size(2),
                  input.size(3),
                  region.top(),
                  region.left(),
                  region.height(),
                  region.width())
              : border.window(input, region);
      double value = border == null ? 0 : border.value();
      MemorySegment from = Operands.shareable(slice(input, image));
      MemorySegment to = Operands.shareable(source.segment());
      try {
        Execution.run(new PadForward(geometry, inputType, value, from, to), threads);
      } catch (InternalError fault) {
        throw new InternalError(
            "input: its memory cannot be read; is its file shorter than it was?", fault);
      }
    }

    private void write(Tensor target, long image, Region region) {
      MemorySegment from = Operands.shareable(target.segment());
      MemorySegment to = Operands.shareable(slice(output, image));
      long outH = output.size(2);
      long outW = output.size(3);
      RangeTask.Body body =
          (first, end) -> {
            for (long row = first; row < end; row++) {
              long plane = row / region.height();
              long oh = region.top() + row % region.height();
              long at = (plane * outH + oh) * outW + region.left();
              Elements.copy(outputType, from, row * region.width(), 1, to, at, 1, region.width());
            }
          };
      try {
        Execution.run(
            RangeTask.of(output.size(1) * region.height(), (double) region.width(), body), threads);
      } catch (InternalError fault) {
        throw new InternalError(
            "output: its memory cannot be written; is its disk full, or its file shorter?", fault);
      }
    }

    private MemorySegment slice(Tensor tensor, long image) {
      long bytes = tensor.byteSize() / tensor.size(0);
      return tensor.segment().asSlice(image * bytes, bytes);
    }
  }

  /** Returns the tiles and the border. */
  @Override
  public String toString() {
    return "TileRunner[" + tiles + (border == null ? "" : ", " + border) + "]";
  }
}
