package io.github.colonnade.spark;

import io.github.colonnade.OpenBlas;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Row;

/**
 * Says of the executor that a task runs in which library is there: {@code EXECUTOR, class loader,
 * copies of OpenBLAS, helper threads}.
 */
final class ExecutorReport implements FlatMapFunction<Iterator<Row>, String> {
  private static final long serialVersionUID = 1;

  @Override
  public Iterator<String> call(Iterator<Row> rows) {
    rows.forEachRemaining(_ -> {});
    OpenBlas.info(); // Which loads it where no task has yet.
    return List.of(
            "%s, %s, %d, %d"
                .formatted(
                    SparkEnv.get().executorId(),
                    OpenBlas.class.getClassLoader().getClass().getSimpleName(),
                    copies(),
                    helpers()))
        .iterator();
  }

  /** Returns how many files that are OpenBLAS this process has mapped. */
  private static long copies() {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      Set<String> inodes =
          maps.filter(line -> line.contains("libopenblas"))
              .map(line -> line.strip().split(" +", -1)[4])
              .collect(Collectors.toSet());
      return inodes.size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long helpers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("colonnade-worker"))
        .count();
  }
}
