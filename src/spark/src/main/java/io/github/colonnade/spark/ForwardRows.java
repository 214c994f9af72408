package io.github.colonnade.spark;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Adds to the rows of a partition what a convolution makes of their images.
 *
 * @param width how many columns the result has
 * @param out the column of the results
 * @param error the column that says why a row failed, or -1
 */
record ForwardRows(ConvSpec conv, RowReader reader, int width, int out, int error)
    implements MapPartitionsFunction<Row, Row> {

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    TaskConvolution task = new TaskConvolution(conv);
    Iterator<List<Example>> batches = reader.batches(rows);
    return new Iterator<>() {
      private Iterator<Row> ready = List.<Row>of().iterator();

      @Override
      public boolean hasNext() {
        return ready.hasNext() || batches.hasNext();
      }

      @Override
      public Row next() {
        if (!ready.hasNext()) {
          ready = convolve(task, batches.next()).iterator();
        }
        return ready.next();
      }
    };
  }

  private List<Row> convolve(TaskConvolution task, List<Example> batch) {
    List<Example> examples = batch.stream().filter(Example::hasImages).toList();
    if (examples.isEmpty()) {
      return batch.stream().map(each -> result(each, null)).toList();
    }
    try (Arena arena = Arena.ofConfined()) {
      Tensor output = task.forward(arena, task.batch(arena, examples, 0));
      List<Row> results = new ArrayList<>();
      long done = 0;
      for (Example each : batch) {
        results.add(result(each, each.hasImages() ? cell(output.slice(done, ++done)) : null));
      }
      return results;
    } catch (IllegalArgumentException | IllegalStateException wrong) {
      // The images have one shape, so what is wrong with one is wrong with all.
      return batch.stream()
          .map(each -> each.hasImages() ? reader.failed(each, wrong) : each)
          .map(each -> result(each, null))
          .toList();
    }
  }

  /** Returns what a column of tensors holds. */
  private static Row cell(Tensor output) {
    long[] shape = output.shape();
    return RowFactory.create(
        Arrays.copyOfRange(shape, 1, shape.length),
        output.dtype() == DType.F64 ? output.toDoubleArray() : output.toFloatArray());
  }

  private Row result(Example example, Row cell) {
    Object[] values = new Object[width];
    for (int i = 0; i < example.row().length(); i++) {
      values[i] = example.row().get(i);
    }
    values[out] = cell;
    if (error >= 0) {
      values[error] = example.error();
    }
    return RowFactory.create(values);
  }
}
