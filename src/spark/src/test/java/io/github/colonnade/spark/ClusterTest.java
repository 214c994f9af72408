package io.github.colonnade.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Executors of their own processes: one and two, by either way that the library gets there. */
@EnabledOnOs(OS.LINUX)
class ClusterTest {
  @TempDir private static Path folder;

  /** One session does all: starting it takes longer than anything else. */
  @ParameterizedTest
  @CsvSource({"1, CLASS_PATH", "2, JARS"})
  void computesTheSameBitsAsOneMachine(int executors, TestSessions.Delivery delivery)
      throws IOException {
    Path photographs = folder.resolve(delivery.name());
    Photographs.write(Files.createDirectory(photographs));
    try (SparkSession spark = TestSessions.cluster(executors, delivery)) {
      awaitExecutors(spark, executors);
      convolvesPhotographs(spark, photographs);
      takesStepsOfTraining(spark);
      hasOneLibraryAndNoHelpers(spark, executors, delivery);
    }
  }

  static void awaitExecutors(SparkSession spark, int executors) {
    // The driver is counted too.
    while (spark.sparkContext().statusTracker().getExecutorInfos().length <= executors) {
      assertFalse(spark.sparkContext().isStopped(), "executors do not start");
      LockSupport.parkNanos(10_000_000);
    }
  }

  private static void convolvesPhotographs(SparkSession spark, Path photographs)
      throws IOException {
    Map<String, String> expected = Photographs.convolve(photographs);
    Dataset<Row> loaded = Photographs.load(spark, photographs).repartition(4);
    assertEquals(expected, Photographs.results(Photographs.convolve(loaded)));
  }

  private static void takesStepsOfTraining(SparkSession spark) {
    Dataset<Row> data = Training.data(spark);
    List<List<Integer>> cut = Training.cut(data);
    assertEquals(Training.PARTITIONS, cut.size());
    ConvSpec conv = Training.START;
    ConvSpec expected = conv;
    for (int step = 0; step < 2; step++) {
      Gradients gradients = Training.gradients(data, conv);
      assertEquals(Training.ROWS, gradients.rows());
      conv = Training.step(conv, gradients);
      expected = Training.step(expected, Training.gradients(cut, expected));
      assertEquals(Bits.of(expected.weight()), Bits.of(conv.weight()));
      assertEquals(Bits.of(expected.bias()), Bits.of(conv.bias()));
    }
    assertNotEquals(Training.START, conv);
  }

  private static void hasOneLibraryAndNoHelpers(
      SparkSession spark, int executors, TestSessions.Delivery delivery) {
    String loader =
        delivery == TestSessions.Delivery.JARS ? "MutableURLClassLoader" : "AppClassLoader";
    Set<String> expected = new TreeSet<>();
    for (int executor = 0; executor < executors; executor++) {
      expected.add("%d, %s, 1, 0".formatted(executor, loader));
    }
    Dataset<Row> data = Training.data(spark);
    Set<String> reports = new TreeSet<>();
    for (int i = 0; i < 20 && reports.size() < executors; i++) {
      reports.addAll(data.javaRDD().mapPartitions(new ExecutorReport()).collect());
    }
    assertEquals(expected, reports);
  }
}
