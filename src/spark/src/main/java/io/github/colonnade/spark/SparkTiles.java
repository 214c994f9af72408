package io.github.colonnade.spark;

import io.github.colonnade.Npy;
import io.github.colonnade.Padding;
import io.github.colonnade.Tensor;
import io.github.colonnade.Tiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Objects;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A raster that is larger than memory as rows, each a tile of a convolution's output with the part
 * of the input that it is computed from.
 *
 * <p>The raster is a {@code .npy} file that every executor can open by the same name. A task maps
 * it and reads no more than its tiles.
 */
public final class SparkTiles {
  /** The column of a tile's first row in the output. */
  public static final String TOP = "top";

  /** The column of a tile's first column in the output. */
  public static final String LEFT = "left";

  /** The column of a tile's input, {@code [C, h, w]}, with the halo and the padding's zeros. */
  public static final String IMAGE = "image";

  private static final String PATH = "path";

  private SparkTiles() {}

  /**
   * Cuts a raster for a convolution.
   *
   * @param spark a session
   * @param raster a file of {@code [H, W]} or {@code [C, H, W]}, of the type of the weights
   * @param conv the convolution that {@link #forward} computes; what it reads around a tile is part
   *     of the row
   * @param tile rows and columns of the output in a tile, as {@link Tiles#split}
   * @param partitions how many partitions the tiles are dealt to
   * @return rows of {@code path}, {@link #TOP}, {@link #LEFT} and {@link #IMAGE}, from left to
   *     right, then down
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException naming the argument, if the raster has another type or other
   *     channels than the convolution takes, is smaller than its kernel, or the tile is smaller
   *     than the halo
   */
  public static Dataset<Row> split(
      SparkSession spark, Path raster, ConvSpec conv, long tile, int partitions)
      throws IOException {
    Objects.requireNonNull(spark, "spark");
    Objects.requireNonNull(conv, "conv");
    Path file = raster.toAbsolutePath();
    long[] shape = shape(file, conv);
    long count = Tiles.split(shape[1], shape[2], tile, conv.conv().halo()).count();
    StructType schema =
        new StructType()
            .add(PATH, DataTypes.StringType, false)
            .add(TOP, DataTypes.LongType, false)
            .add(LEFT, DataTypes.LongType, false)
            .add(IMAGE, Columns.tensor(conv.dtype()), false);
    return spark
        .range(0, count, 1, partitions)
        .mapPartitions(
            new TileRows(
                file.toString(), shape[0], shape[1], shape[2], conv.conv(), conv.dtype(), tile),
            Encoders.row(schema));
  }

  private static long[] shape(Path file, ConvSpec conv) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Tensor mapped = Npy.map(file, arena);
      long[] shape = mapped.shape();
      long[] image = shape.length == 2 ? new long[] {1, shape[0], shape[1]} : shape;
      long channels = conv.conv().inChannels();
      if (image.length != 3 || image[0] != channels || mapped.dtype() != conv.dtype()) {
        throw new IllegalArgumentException(
            "raster: %s is %s, must be %s%s[%d, H, W]"
                .formatted(
                    file, mapped, conv.dtype(), channels == 1 ? "[H, W] or " : "", channels));
      }
      return image;
    }
  }

  /**
   * Convolves tiles. An output has the bits of the whole raster's where the convolution's algorithm
   * has, as {@link Tiles} tells; AUTO may choose otherwise for a tile than for the whole.
   *
   * @param tiles what {@link #split} returned for this convolution
   * @param conv the convolution with its weights
   * @param out the column of the results, {@code [O, h, w]}, which takes the place of {@link
   *     #IMAGE}
   * @return rows of {@code path}, {@link #TOP}, {@link #LEFT} and the results
   */
  public static Dataset<Row> forward(Dataset<Row> tiles, ConvSpec conv, String out) {
    ConvSpec unpadded =
        ConvSpec.of(conv.conv().withPadding(Padding.VALID), conv.weight(), conv.bias());
    return SparkConv.forward(tiles, unpadded, IMAGE, IMAGE, 1).withColumnRenamed(IMAGE, out);
  }
}
