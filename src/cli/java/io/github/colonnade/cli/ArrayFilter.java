package io.github.colonnade.cli;

import io.github.colonnade.Algorithm;
import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Npy;
import io.github.colonnade.NpyFormatException;
import io.github.colonnade.NpyOutput;
import io.github.colonnade.Pad2d;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import io.github.colonnade.TileRunner;
import io.github.colonnade.Tiles;
import io.github.colonnade.cli.files.OutputPath;
import io.github.colonnade.cli.files.UnreadableFileException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Runs a kernel over the planes of an array in a file, into another file, tile by tile: neither
 * needs to fit in memory. Values are computed in the array's type and not cut to any range.
 */
final class ArrayFilter {
  /** Rows and columns of a tile where nothing is said: 16 MiB of single precision. */
  private static final long TILE = 2048;

  private final Boundary boundary;
  private final int threads;

  /** Null for the input's. */
  private final DType dtype;

  /** 0 for {@link #TILE}, or the kernel's size if that is larger. */
  private final long tile;

  ArrayFilter(Boundary boundary, int threads, DType dtype, long tile) {
    this.boundary = boundary;
    this.threads = threads;
    this.dtype = dtype;
    this.tile = tile;
  }

  /**
   * Filters a file.
   *
   * @param input {@code [H, W]} or {@code [N, C, H, W]} of f8 or f4
   * @param output the file to create or replace, with an array of the same shape
   * @throws IOException naming the file that cannot be read or written
   * @throws IllegalArgumentException naming the option or the file that is wrong
   */
  void apply(Path input, Path output, ImageKernel kernel) throws IOException {
    OutputPath.requireWritable(output);
    if (Files.exists(output) && Files.isSameFile(input, output)) {
      throw new IllegalArgumentException(
          "--output: is '" + output + "', the file of the input too, must be another");
    }
    try (Arena arena = Arena.ofShared()) {
      Tensor array = read(arena, input);
      Tensor planes = planes(array);
      DType type = dtype == null ? array.dtype() : dtype;
      try (NpyOutput made = Npy.create(output, type, array.shape())) {
        if (array.elementCount() > 0) {
          run(arena, input, planes, planes(made.tensor()), kernel);
        }
        made.commit();
      } catch (InternalError fault) {
        throw named(fault, input, output);
      }
    }
  }

  /** Maps the array; what cannot be mapped for its order is read. */
  private static Tensor read(Arena arena, Path input) throws IOException {
    Tensor array;
    try {
      array = Npy.map(input, arena);
    } catch (NpyFormatException unmappable) {
      array = Npy.read(input, arena);
    }
    if (!array.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(input + ": holds integers (i8), must hold f8 or f4");
    }
    if (array.rank() != 2 && array.rank() != 4) {
      throw new IllegalArgumentException(
          input
              + ": has shape "
              + Arrays.toString(array.shape())
              + ", must be [H, W] or [N, C, H, W]");
    }
    return array;
  }

  /** Views all planes as images of one channel. */
  private static Tensor planes(Tensor array) {
    long height = array.size(array.rank() - 2);
    long width = array.size(array.rank() - 1);
    long planes = array.rank() == 2 ? 1 : Math.multiplyExact(array.size(0), array.size(1));
    return Tensor.of(array.segment(), array.dtype(), planes, 1, height, width);
  }

  private void run(Arena arena, Path file, Tensor input, Tensor output, ImageKernel kernel) {
    int top = kernel.height() / 2;
    int left = kernel.width() / 2;
    boundary.requireFits("height", top, input.size(2));
    boundary.requireFits("width", left, input.size(3));
    Pad2d border =
        Pad2d.builder(boundary.mode())
            .padding(top, left, kernel.height() - 1 - top, kernel.width() - 1 - left)
            .build();
    Conv2d conv = convolution(kernel);
    Tiles tiles = tiles(file, border.outputShape(input.shape()), conv, kernel);
    TileFilter filter = new TileFilter(arena, conv, threads, kernel, output.dtype(), tiles);
    try (Progress progress = Progress.of("filter", tiles.count() * input.size(0))) {
      TileRunner.of(tiles)
          .withBorder(border)
          .withThreads(threads)
          .run(
              input,
              output,
              (place, source, target) -> {
                filter.compute(source, target);
                progress.step();
              });
    }
  }

  /** Returns a convolution of one algorithm, whatever a tile's size: so the tiles have no say. */
  private Conv2d convolution(ImageKernel kernel) {
    return Conv2d.builder(1, 1, kernel.height(), kernel.width())
        .options(PlanOptions.defaults().withAlgorithm(Algorithm.DIRECT).withThreads(threads))
        .build();
  }

  private Tiles tiles(Path file, long[] padded, Conv2d conv, ImageKernel kernel) {
    if (tile == 0) {
      long enough = Math.max(TILE, Math.max(kernel.height(), kernel.width()));
      return Tiles.split(padded[2], padded[3], enough, conv.halo());
    }
    try {
      return Tiles.split(padded[2], padded[3], tile, conv.halo());
    } catch (IllegalArgumentException small) {
      throw new IllegalArgumentException(
          "--tile: is "
              + tile
              + ", too small for "
              + file
              + " and a kernel of "
              + kernel.height()
              + " x "
              + kernel.width()
              + ", must be at least "
              + (Math.max(kernel.height(), kernel.width()) - 1),
          small);
    }
  }

  /** Returns what to say of memory that is a file's and cannot be read or written. */
  private static IOException named(InternalError fault, Path input, Path output) {
    return String.valueOf(fault.getMessage()).startsWith("input: ")
        ? new UnreadableFileException(input, "was cut short while it was read", fault)
        : new UnreadableFileException(
            output, "cannot be written: its disk is full, or its file was cut short", fault);
  }
}
