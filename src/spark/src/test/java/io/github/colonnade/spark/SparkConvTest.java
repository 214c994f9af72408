package io.github.colonnade.spark;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.Activation;
import io.github.colonnade.Conv2d;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.RandomFill;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What the operations compute, and what they say of rows that they cannot compute. */
class SparkConvTest {
  private static final ConvSpec CONV = Photographs.CONVOLUTION;
  private static final ConvSpec CONV_F64 =
      Photographs.spec(Conv2d.builder(2, 3, 3, 3).build(), DType.F64, 2);

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

  /** Returns rows of an image each, in one partition; null stands for none. */
  private static Dataset<Row> images(DType dtype, Object... cells) {
    List<Row> rows = new ArrayList<>();
    for (Object cell : cells) {
      rows.add(RowFactory.create("image " + rows.size(), cell));
    }
    return spark
        .createDataFrame(
            rows,
            new StructType()
                .add("name", DataTypes.StringType)
                .add("x", nullable(Columns.elementType(dtype))))
        .coalesce(1);
  }

  /** Returns the type of tensors as files and other languages have it. */
  private static StructType nullable(DataType elements) {
    return new StructType()
        .add("shape", DataTypes.createArrayType(DataTypes.LongType))
        .add("values", DataTypes.createArrayType(elements));
  }

  private static Row cell(Tensor image) {
    return RowFactory.create(
        image.shape(), image.dtype() == DType.F64 ? image.toDoubleArray() : image.toFloatArray());
  }

  private static Tensor random(DType dtype, long seed, long... shape) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor values = RandomFill.seeded(seed).uniform(Tensor.allocate(arena, dtype, shape), -1, 1);
      return dtype == DType.F64
          ? Tensor.of(values.toDoubleArray(), shape)
          : Tensor.of(values.toFloatArray(), shape);
    }
  }

  private static List<String> results(Dataset<Row> data, String column) {
    return data.select(column).collectAsList().stream()
        .map(row -> row.isNullAt(0) ? "null" : Bits.of(row.getStruct(0)))
        .toList();
  }

  /** Returns what the library makes of images of one shape, at once. */
  private static List<String> expected(ConvSpec conv, Tensor... images) {
    List<String> results = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      Tensor output = Photographs.forward(arena, conv, batch(arena, images));
      for (int i = 0; i < images.length; i++) {
        long[] shape = {output.size(1), output.size(2), output.size(3)};
        results.add(Bits.of(output.slice(i, i + 1).reshape(shape)));
      }
    }
    return results;
  }

  private static Tensor batch(Arena arena, Tensor... images) {
    long[] shape = images[0].shape();
    Tensor batch =
        Tensor.allocate(arena, images[0].dtype(), images.length, shape[0], shape[1], shape[2]);
    for (int i = 0; i < images.length; i++) {
      batch.slice(i, i + 1).reshape(shape).copyFrom(images[i]);
    }
    return batch;
  }

  private static void assertRefused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  /** Asserts that a job fails and says of which row and why. */
  private static void assertFails(String message, Executable job) {
    Throwable failure = assertThrows(Exception.class, job);
    StringBuilder said = new StringBuilder();
    for (Throwable each = failure; each != null; each = each.getCause()) {
      said.append(each.getMessage()).append('\n');
    }
    assertTrue(said.toString().contains("RowException: " + message), said::toString);
  }

  @Test
  void convolvesAFolderOfPhotographs() throws IOException {
    Dataset<Row> photographs = Photographs.load(spark, Photographs.write(folder));
    Map<String, String> expected = Photographs.convolve(folder);
    assertEquals(9, expected.size());
    assertEquals(expected, Photographs.results(Photographs.convolve(photographs)));
  }

  @Test
  void theExampleFindsEdges() throws IOException {
    Photographs.write(folder);
    Files.writeString(folder.resolve("none.png"), "no picture");
    Dataset<Row> edges = FilterPhotographs.edges(spark, folder.toString());
    assertEquals(1, edges.filter("error is not null and values is null").count());
    assertEquals(
        9, edges.filter("error is null and shape[0] = 2 and array_max(values) > 1").count());
  }

  @Test
  void computesRowsOfOneShapeAtOnceAndKeepsTheirOrder() {
    Tensor[] images = new Tensor[8];
    for (int i = 0; i < images.length; i++) {
      images[i] = random(DType.F64, i, 2, 5, i == 4 ? 8 : 7);
    }
    Dataset<Row> rows =
        images(
            DType.F64,
            cell(images[0]),
            cell(images[1]),
            cell(images[2]),
            cell(images[3]),
            cell(images[4]),
            cell(images[5]),
            cell(images[6]),
            cell(images[7]));
    List<String> expected = new ArrayList<>();
    expected.addAll(expected(CONV_F64, images[0], images[1], images[2]));
    expected.addAll(expected(CONV_F64, images[3]));
    expected.addAll(expected(CONV_F64, images[4]));
    expected.addAll(expected(CONV_F64, images[5], images[6], images[7]));
    assertEquals(expected, results(SparkConv.forward(rows, CONV_F64, "x", "y", 3), "y"));
  }

  @Test
  void addsOrReplacesAColumn() {
    Dataset<Row> rows = images(DType.F64, cell(random(DType.F64, 1, 2, 5, 5)));
    Dataset<Row> added = SparkConv.forward(rows, CONV_F64, "x", "y", 1);
    assertArrayEquals(new String[] {"name", "x", "y"}, added.columns());
    Dataset<Row> replaced = SparkConv.forward(rows, CONV_F64, "x", "x", 1);
    assertArrayEquals(new String[] {"name", "x"}, replaced.columns());
    assertEquals(results(added, "y"), results(replaced, "x"));
    assertEquals(results(rows, "x"), results(added, "x"));
  }

  @Test
  void readsWhiteAsAsked() throws IOException {
    Dataset<Row> photographs =
        Photographs.load(spark, Photographs.write(folder))
            .filter(col("path").endsWith("camera.png"));
    float[] one = {1};
    ConvSpec identity =
        ConvSpec.of(Conv2d.builder(1, 1, 1, 1).build(), Tensor.of(one, 1, 1, 1, 1), null);
    Row bytes =
        SparkConv.forward(
                photographs, identity, "content", "y", RowOptions.ofBatch(1).withWhite(255))
            .selectExpr("array_max(y.values)", "exists(y.values, v -> v != floor(v))")
            .head();
    assertEquals(255f, bytes.getFloat(0));
    assertEquals(false, bytes.getBoolean(1));
  }

  @Test
  void anEmptyDataSetHasNoResults() throws IOException {
    Dataset<Row> none = Photographs.load(spark, Photographs.write(folder)).filter("path = ''");
    Dataset<Row> convolved = SparkConv.forward(none, CONV, "content", "y", 4);
    assertEquals(0, convolved.count());
    assertEquals(Columns.tensor(DType.F32), convolved.schema().apply("y").dataType());
  }

  @Test
  void aFailedPictureIsNamedAndFailsTheJob() throws IOException {
    Photographs.write(folder);
    Path none = Files.writeString(folder.resolve("none.png"), "no picture");
    Dataset<Row> convolved = Photographs.convolve(Photographs.load(spark, folder));
    assertFails("file:" + none + ": is not a PNG, JPEG, BMP or GIF", convolved::collectAsList);
  }

  @Test
  void aFailedRowCarriesTheErrorAsAsked() throws IOException {
    Photographs.write(folder);
    Map<String, String> expected = Photographs.convolve(folder);
    Files.writeString(folder.resolve("none.png"), "no picture");
    byte[] whole = Files.readAllBytes(folder.resolve("camera.png"));
    Files.write(folder.resolve("cut.png"), Arrays.copyOf(whole, whole.length / 2));
    RowOptions options = RowOptions.ofBatch(4).withErrorColumn("error");
    Dataset<Row> photographs = Photographs.load(spark, folder).coalesce(1);
    Dataset<Row> filtered =
        SparkConv.forward(photographs, Photographs.FILTER, "content", "content", options);
    // Of the second operation too, which finds no images where the first failed.
    Dataset<Row> convolved =
        SparkConv.forward(filtered, CONV, "content", "features", options).cache();
    List<Row> failed = convolved.filter("error is not null").orderBy("path").collectAsList();
    assertEquals(2, failed.size());
    for (int i = 0; i < failed.size(); i++) {
      String name = List.of("cut.png", "none.png").get(i);
      String error = failed.get(i).getAs("error");
      assertTrue(error.startsWith("file:" + folder.resolve(name) + ": "), error);
      assertNull(failed.get(i).getAs("features"));
      assertNull(failed.get(i).getAs("content"));
    }
    assertEquals(
        expected.keySet(), Photographs.results(convolved.filter("error is null")).keySet());
  }

  @Test
  void picturesThatNoFileHoldsAreNamedToo() {
    Dataset<Row> rows =
        spark
            .sql("select 'a' as path, cast('' as binary) as content union all select null, null")
            .coalesce(1);
    RowOptions options = RowOptions.ofBatch(4).withErrorColumn("error");
    List<String> errors =
        SparkConv.forward(rows, CONV, "content", "y", options).collectAsList().stream()
            .map(row -> row.<String>getAs("error"))
            .toList();
    assertEquals(
        List.of(
            "a: is not a PNG, JPEG, BMP or GIF image",
            "row 1 of partition 0: column 'content' is null"),
        errors);
  }

  @Test
  void wrongCellsAreNamed() {
    Row right = cell(random(DType.F64, 1, 2, 5, 5));
    assertFails("row 1 of partition 0: column 'x' is null", () -> forward(right, null));
    assertFails(
        "row 0 of partition 0: input: shape is [1, 3, 5, 5], must be [N, 2, H, W]",
        () -> forward(cell(random(DType.F64, 1, 3, 5, 5))));
    assertFails(
        "row 1 of partition 0: column 'x': has 3 values for the shape [2, 5, 5], must be 50",
        () -> forward(right, RowFactory.create(new long[] {2, 5, 5}, new double[3])));
    assertFails(
        "row 0 of partition 0: column 'x': shape is [2, 5], must be [C, H, W]",
        () -> forward(RowFactory.create(new long[] {2, 5}, new double[10])));
    assertFails(
        "row 0 of partition 0: column 'x': shape is [-2, -5, 5], must not be negative",
        () -> forward(RowFactory.create(new long[] {-2, -5, 5}, new double[50])));
    assertFails(
        "row 0 of partition 0: column 'x': shape is null, must be [C, H, W]",
        () -> forward(RowFactory.create(null, new double[50])));
    assertFails(
        "row 0 of partition 0: column 'x': values are null for the shape [1, 1, 2], must be 2",
        () -> forward(RowFactory.create(new long[] {1, 1, 2}, null)));
    assertFails(
        "row 0 of partition 0: column 'x': value 1 is null",
        () -> forward(RowFactory.create(new long[] {1, 1, 2}, new Double[] {1.0, null})));
    assertFails(
        "row 0 of partition 0: kernelH: spans 3 with its dilation, the padded input has 2",
        () -> forward(cell(random(DType.F64, 1, 2, 2, 5))));
  }

  private static void forward(Row... cells) {
    SparkConv.forward(images(DType.F64, (Object[]) cells), CONV_F64, "x", "y", 4).collectAsList();
  }

  @Test
  void rowsAreNamedByAColumnAsAsked() {
    Dataset<Row> rows = images(DType.F64, cell(random(DType.F64, 1, 2, 5, 5)), null);
    RowOptions options = RowOptions.ofBatch(4).withNameColumn("name");
    assertFails(
        "image 1: column 'x' is null",
        () -> SparkConv.forward(rows, CONV_F64, "x", "y", options).collectAsList());
    Dataset<Row> carrying =
        SparkConv.forward(rows, CONV_F64, "x", "y", options.withErrorColumn("error"));
    List<Row> errors = carrying.select("error").collectAsList();
    assertNull(errors.get(0).get(0));
    assertEquals("image 1: column 'x' is null", errors.get(1).get(0));
  }

  @Test
  void wrongColumnsAreToldBeforeTheJob() throws IOException {
    Dataset<Row> rows = images(DType.F64, cell(random(DType.F64, 1, 2, 5, 5)));
    Dataset<Row> photographs = Photographs.load(spark, Photographs.write(folder));
    assertRefused(
        "in: is 'z', must be one of the columns name, x",
        () -> SparkConv.forward(rows, CONV_F64, "z", "y", 1));
    assertRefused(
        "in: column 'name' is string, must be struct<shape:array<bigint>,values:array<double>>"
            + " as the weights are F64",
        () -> SparkConv.forward(rows, CONV_F64, "name", "y", 1));
    assertRefused(
        "in: column 'x' is struct<shape:array<bigint>,values:array<double>>, must be"
            + " struct<shape:array<bigint>,values:array<float>> as the weights are F32",
        () -> SparkConv.forward(rows, CONV, "x", "y", 1));
    ConvSpec wide = Photographs.spec(Conv2d.builder(64, 1, 1, 1).build(), DType.F32, 1);
    assertRefused(
        "in: column 'content' holds pictures, of 1 to 4 channels, the convolution takes 64",
        () -> SparkConv.forward(photographs, wide, "content", "y", 1));
    assertRefused(
        "errorColumn: 'x' is a column of struct<shape:array<bigint>,values:array<double>>,"
            + " must be a new one or of string",
        () ->
            SparkConv.forward(
                rows, CONV_F64, "x", "y", RowOptions.ofBatch(1).withErrorColumn("x")));
    assertRefused(
        "nameColumn: is 'z', must be one of the columns name, x",
        () ->
            SparkConv.forward(rows, CONV_F64, "x", "y", RowOptions.ofBatch(1).withNameColumn("z")));
    assertRefused("batch: is 0, must be at least 1", () -> RowOptions.ofBatch(0));
  }

  @Test
  void sumsGradientsThroughAnActivation() {
    Conv2d relu =
        Conv2d.builder(2, 3, 3, 3)
            .options(PlanOptions.defaults().withActivation(Activation.RELU))
            .build();
    ConvSpec conv = ConvSpec.of(relu, CONV_F64.weight(), CONV_F64.bias());
    Tensor[] images = {random(DType.F64, 1, 2, 5, 6), random(DType.F64, 2, 2, 5, 6)};
    Tensor[] grads = {random(DType.F64, 3, 3, 3, 4), random(DType.F64, 4, 3, 3, 4)};
    Dataset<Row> rows = examples(cell(images[0]), cell(grads[0]), cell(images[1]), cell(grads[1]));
    Gradients gradients = SparkConv.gradients(rows, conv, "x", "g", 2);
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = batch(arena, images);
      Tensor grad = batch(arena, grads);
      Conv2dPlan plan = relu.plan(DType.F64, input.shape());
      Tensor output = Photographs.forward(arena, conv, input);
      Tensor weight = Tensor.allocate(arena, DType.F64, plan.weightShape());
      Tensor bias = Tensor.allocate(arena, DType.F64, 3);
      plan.backwardActivation(output, grad, grad);
      plan.backwardWeights(input, grad, weight);
      plan.backwardBias(grad, bias);
      assertEquals(Bits.of(weight), Bits.of(gradients.weight()));
      assertEquals(Bits.of(bias), Bits.of(gradients.bias()));
      assertEquals(2, gradients.rows());
    }
  }

  /** Returns rows of images and gradients, by turns, in one partition. */
  private static Dataset<Row> examples(Row... cells) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < cells.length; i += 2) {
      rows.add(RowFactory.create(cells[i], cells[i + 1]));
    }
    StructType cell = nullable(DataTypes.DoubleType);
    return spark.createDataFrame(rows, new StructType().add("x", cell).add("g", cell)).coalesce(1);
  }

  @Test
  void wrongGradientsAreNamed() {
    Row image = cell(random(DType.F64, 1, 2, 5, 6));
    Row grad = cell(random(DType.F64, 1, 3, 3, 4));
    assertFails(
        "row 1 of partition 0: column 'g' is null",
        () -> SparkConv.gradients(examples(image, grad, image, null), CONV_F64, "x", "g", 2));
    assertFails(
        "row 0 of partition 0: gradOutput: shape is [1, 2, 5, 6], must be [1, 3, 3, 4]",
        () -> SparkConv.gradients(examples(image, image), CONV_F64, "x", "g", 2));
    assertRefused(
        "data: has no rows, must have at least one",
        () -> SparkConv.gradients(examples(), CONV_F64, "x", "g", 2));
    assertRefused(
        "errorColumn: is 'error', must be null: the gradients of some rows are not those of all",
        () ->
            SparkConv.gradients(
                examples(image, grad),
                CONV_F64,
                "x",
                "g",
                RowOptions.ofBatch(1).withErrorColumn("error")));
  }

  @Test
  void takesTheSameStepAsOneMachine() {
    Dataset<Row> data = Training.data(spark);
    Gradients expected = Training.gradients(Training.cut(data), Training.START);
    Gradients gradients = Training.gradients(data, Training.START);
    assertEquals(Bits.of(expected.weight()), Bits.of(gradients.weight()));
    assertEquals(Bits.of(expected.bias()), Bits.of(gradients.bias()));
    // Neither the number of rows nor their cut is without influence.
    assertTrue(Training.cut(data).stream().allMatch(rows -> rows.size() < Training.ROWS));
  }
}
