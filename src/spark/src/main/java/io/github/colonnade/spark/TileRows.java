package io.github.colonnade.spark;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Npy;
import io.github.colonnade.Padding;
import io.github.colonnade.Tensor;
import io.github.colonnade.Tiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Iterator;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Reads tiles of a raster by their numbers.
 *
 * @param file a file of NumPy's
 * @param channels of the raster
 * @param height of its planes
 * @param width of its planes
 * @param conv whose tiles they are
 * @param tile rows and columns of the output in a tile
 */
record TileRows(
    String file, long channels, long height, long width, Conv2d conv, DType dtype, long tile)
    implements MapPartitionsFunction<Long, Row> {

  @Override
  public Iterator<Row> call(Iterator<Long> numbers) throws IOException {
    // Whichever thread goes on with the rows; and without an end, as they need not be read to it.
    Tensor raster = Npy.map(Path.of(file), Arena.ofAuto());
    if (raster.dtype() != dtype || raster.elementCount() != channels * height * width) {
      throw new RowException(
          "%s: is %s, was %s[%d, %d, %d] when it was split"
              .formatted(file, raster, dtype, channels, height, width),
          null);
    }
    Tiles tiles = Tiles.split(height, width, tile, conv.halo());
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return numbers.hasNext();
      }

      @Override
      public Row next() {
        return row(raster, tiles.get(numbers.next()));
      }
    };
  }

  private Row row(Tensor raster, Tiles.Tile each) {
    Padding.Explicit padding = each.padding();
    Tiles.Region source = each.source();
    long rows = padding.top() + source.height() + padding.bottom();
    long columns = padding.left() + source.width() + padding.right();
    int count = Math.toIntExact(Math.multiplyExact(channels, Math.multiplyExact(rows, columns)));
    Object values = dtype == DType.F64 ? new double[count] : new float[count];
    try {
      for (long channel = 0; channel < channels; channel++) {
        for (long row = 0; row < source.height(); row++) {
          long from = (channel * height + source.top() + row) * width + source.left();
          long to = (channel * rows + padding.top() + row) * columns + padding.left();
          MemorySegment.copy(
              raster.segment(),
              dtype.layout(),
              from * dtype.byteSize(),
              values,
              (int) to,
              (int) source.width());
        }
      }
    } catch (InternalError fault) {
      throw new RowException(file + ": cannot be read; is it shorter than it was?", fault);
    }
    return RowFactory.create(
        file,
        each.target().top(),
        each.target().left(),
        RowFactory.create(new long[] {channels, rows, columns}, values));
  }
}
