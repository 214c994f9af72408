package io.github.colonnade.spark;

import io.github.colonnade.Conv2d;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import io.github.colonnade.image.Channels;
import io.github.colonnade.image.ImageOptions;
import io.github.colonnade.image.Images;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images a second on executors of one core each, beside the same work on one thread without Spark:
 * {@code scripts/bench-spark.sh}. No build runs it, by its name.
 */
class SparkBenchmark {
  private static final int IMAGES = 160;
  private static final int PARTITIONS = 8;
  private static final int RUNS = 5;

  private static final List<ConvSpec> FILTER = List.of(Photographs.FILTER);

  private static final List<ConvSpec> FILTER_AND_CONVOLUTIONS =
      List.of(
          Photographs.FILTER,
          Photographs.spec(Conv2d.builder(3, 64, 3, 3).stride(2).padding(1).build(), DType.F32, 1),
          Photographs.spec(Conv2d.builder(64, 8, 3, 3).stride(2).padding(1).build(), DType.F32, 2));

  @TempDir private static Path folder;

  /** What is done to each image; nothing reads its row. */
  private static final List<List<ConvSpec>> WORKS =
      List.of(List.of(), FILTER, FILTER_AND_CONVOLUTIONS);

  /** Writes a table of Markdown. */
  @Test
  void imagesASecond() throws IOException {
    Path picture = Photographs.write(folder).resolve("chelsea.png");
    Path photographs = Files.createDirectory(folder.resolve("photographs"));
    for (int i = 0; i < IMAGES; i++) {
      Files.copy(picture, photographs.resolve(i + ".png"));
    }
    double[] alone =
        WORKS.stream()
            .mapToDouble(work -> 1 / seconds(40 * RUNS, () -> convolve(picture, work)))
            .toArray();
    List<String> lines = new ArrayList<>();
    lines.add("| images a second | rows alone | filter | filter and two convolutions |");
    lines.add("|---|--:|--:|--:|");
    lines.add(
        String.format(Locale.ROOT, "| one thread, no Spark | | %.0f | %.0f |", alone[1], alone[2]));
    for (int executors = 1; executors <= 2; executors++) {
      double[] rates = onSpark(executors, photographs);
      lines.add(
          String.format(
              Locale.ROOT,
              "| Spark, executors: %d | %.0f | %.0f, library %.0f %% | %.0f, library %.0f %% |",
              executors,
              rates[0],
              rates[1],
              100 * rates[1] / executors / alone[1],
              rates[2],
              100 * rates[2] / executors / alone[2]));
    }
    Files.write(Path.of(System.getProperty("basedir"), "target", "benchmark.md"), lines);
  }

  private static double[] onSpark(int executors, Path photographs) throws IOException {
    try (SparkSession spark = TestSessions.cluster(executors, TestSessions.Delivery.JARS)) {
      ClusterTest.awaitExecutors(spark, executors);
      Dataset<Row> loaded = Photographs.load(spark, photographs).repartition(PARTITIONS).cache();
      return WORKS.stream()
          .map(work -> convolved(loaded, work))
          .mapToDouble(result -> IMAGES / seconds(RUNS, () -> write(result)))
          .toArray();
    }
  }

  private static Dataset<Row> convolved(Dataset<Row> loaded, List<ConvSpec> work) {
    Dataset<Row> result = loaded;
    for (ConvSpec spec : work) {
      result = SparkConv.forward(result, spec, "content", "content", 1);
    }
    return result;
  }

  private static void write(Dataset<Row> rows) {
    rows.write().format("noop").mode("overwrite").save();
  }

  /** Reads a picture and convolves it, as a task of one thread does. */
  private static void convolve(Path picture, List<ConvSpec> work) {
    try (Arena arena = Arena.ofConfined()) {
      ImageOptions options = ImageOptions.defaults().withChannels(Channels.RGB);
      Tensor x = Images.read(picture, arena, DType.F32, options);
      for (ConvSpec spec : work) {
        Conv2dPlan plan =
            spec.conv().plan(spec.conv().options().withThreads(1), DType.F32, x.shape());
        Tensor y = Tensor.allocate(arena, DType.F32, plan.outputShape());
        plan.forward(x, spec.weight(), spec.bias(), y);
        x = y;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the median of what several runs took, after as many that warm up. */
  private static double seconds(int runs, Runnable run) {
    double[] seconds = new double[runs];
    for (int i = -runs; i < runs; i++) {
      long start = System.nanoTime();
      run.run();
      seconds[Math.max(i, 0)] = (System.nanoTime() - start) / 1e9;
    }
    Arrays.sort(seconds);
    return seconds[runs / 2];
  }
}
