package io.github.colonnade.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.Algorithm;
import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Npy;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.RandomFill;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.collection.Seq;

/** Rasters cut into rows: put together again they are the whole. */
class SparkTilesTest {
  private static final PlanOptions DIRECT = PlanOptions.defaults().withAlgorithm(Algorithm.DIRECT);

  private static SparkSession spark;
  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    spark = TestSessions.local();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private Path raster(DType dtype, long... shape) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Tensor raster = Tensor.allocate(arena, dtype, shape);
      Npy.write(folder.resolve("raster.npy"), RandomFill.seeded(1).uniform(raster, -1, 1));
    }
    return folder.resolve("raster.npy");
  }

  /** Returns the whole that tiles are of. */
  private static Tensor assemble(Arena arena, Dataset<Row> tiles, DType dtype, long... shape) {
    Tensor whole = Tensor.allocate(arena, dtype, shape).fill(Double.NaN);
    for (Row tile : tiles.collectAsList()) {
      Row cell = tile.getAs("y");
      Seq<Number> sizes = cell.getAs(Columns.SHAPE);
      Seq<Number> values = cell.getAs(Columns.VALUES);
      long height = sizes.apply(1).longValue();
      long width = sizes.apply(2).longValue();
      for (int i = 0; i < values.length(); i++) {
        long channel = i / (height * width);
        long row = tile.<Long>getAs(SparkTiles.TOP) + i / width % height;
        long column = tile.<Long>getAs(SparkTiles.LEFT) + i % width;
        whole.set(new long[] {0, channel, row, column}, values.apply(i).doubleValue());
      }
    }
    return whole;
  }

  private void assertTilesAreTheWhole(ConvSpec conv, long tile, long count, long... shape)
      throws IOException {
    Path file = raster(conv.dtype(), shape);
    Dataset<Row> tiles = SparkTiles.split(spark, file, conv, tile, 3);
    assertEquals(count, tiles.count());
    Dataset<Row> convolved = SparkTiles.forward(tiles, conv, "y");
    assertEquals(List.of("path", "top", "left", "y"), List.of(convolved.columns()));
    try (Arena arena = Arena.ofConfined()) {
      long channels = conv.conv().inChannels();
      Tensor input =
          Npy.read(file, arena)
              .reshape(1, channels, shape[shape.length - 2], shape[shape.length - 1]);
      Tensor expected = Photographs.forward(arena, conv, input);
      Tensor whole = assemble(arena, convolved, conv.dtype(), expected.shape());
      assertEquals(Bits.of(expected), Bits.of(whole));
    }
  }

  @Test
  void tilesPutTogetherAreTheWhole() throws IOException {
    Conv2d conv =
        Conv2d.builder(3, 4, 5, 3).stride(2, 1).padding(2).dilation(1, 2).options(DIRECT).build();
    assertTilesAreTheWhole(Photographs.spec(conv, DType.F32, 1), 32, 2 * 3, 3, 90, 81);
    Conv2d plane = Conv2d.builder(1, 1, 3, 3).options(DIRECT).build();
    assertTilesAreTheWhole(Photographs.spec(plane, DType.F64, 1), 20, 3 * 2, 47, 35);
  }

  @Test
  void theExampleConvolvesOneTile() throws IOException {
    Path file = raster(DType.F32, 3, 30, 20);
    Row only = FilterRaster.convolve(spark, file.toString(), Photographs.CONVOLUTION).head();
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = Npy.read(file, arena).reshape(1, 3, 30, 20);
      Tensor expected = Photographs.forward(arena, Photographs.CONVOLUTION, input);
      assertEquals(Bits.of(expected.reshape(5, 15, 10)), Bits.of(only.<Row>getAs("y")));
    }
  }

  @Test
  void whatCannotBeCutIsToldAtOnce() throws IOException {
    Path file = raster(DType.F32, 3, 90, 81);
    ConvSpec conv = Photographs.CONVOLUTION;
    ConvSpec grey = Photographs.spec(Conv2d.builder(1, 1, 3, 3).build(), DType.F32, 1);
    assertEquals(
        "raster: " + file + " is F32[3, 90, 81], must be F32[H, W] or [1, H, W]",
        refusal(file, grey, 32));
    ConvSpec wide = Photographs.spec(Conv2d.builder(3, 1, 1, 1).build(), DType.F64, 1);
    assertEquals(
        "raster: " + file + " is F32[3, 90, 81], must be F64[3, H, W]", refusal(file, wide, 32));
    assertTrue(refusal(file, conv, 0).startsWith("tileH: is 0"));
    Path none = folder.resolve("none.npy");
    IOException missing =
        assertThrows(IOException.class, () -> SparkTiles.split(spark, none, conv, 32, 1));
    assertTrue(missing.getMessage().contains(none.toString()), missing::getMessage);
  }

  private static String refusal(Path file, ConvSpec conv, long tile) {
    return assertThrows(
            IllegalArgumentException.class, () -> SparkTiles.split(spark, file, conv, tile, 1))
        .getMessage();
  }

  @Test
  void aRasterThatChangedIsNamed() throws IOException {
    Path file = raster(DType.F32, 3, 90, 81);
    Dataset<Row> tiles = SparkTiles.split(spark, file, Photographs.CONVOLUTION, 32, 2);
    Files.delete(file);
    raster(DType.F32, 3, 90, 80);
    Exception failure = assertThrows(Exception.class, tiles::collectAsList);
    assertTrue(
        failure
            .getMessage()
            .contains(file + ": is F32[3, 90, 80], was F32[3, 90, 81] when it was split"),
        failure::getMessage);
  }
}
