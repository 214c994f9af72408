package io.github.colonnade.spark;

import io.github.colonnade.Tensor;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * Reads the images of rows, and gathers rows that are computed together.
 *
 * @param columns where a row's images are
 * @param name the column that names a row, or -1
 * @param error the column that says why a row failed before, or -1
 * @param failing whether a row that fails is thrown
 * @param batch the most rows of a batch
 */
record RowReader(List<ImageColumn> columns, int name, int error, boolean failing, int batch)
    implements Serializable {
  private static final String PATH = "path";

  static RowReader of(StructType schema, RowOptions options, ImageColumn... columns) {
    String nameColumn = options.nameColumn();
    String errorColumn = options.errorColumn();
    return new RowReader(
        List.of(columns),
        nameColumn == null
            ? Columns.indexOf(schema, PATH)
            : Columns.find("nameColumn", schema, nameColumn),
        errorColumn == null ? -1 : Columns.indexOf(schema, errorColumn),
        errorColumn == null,
        options.batch());
  }

  /**
   * Returns the batches of a partition: rows that follow each other, at most {@link #batch} of
   * them, whose images have the same shapes. A row without images may be anywhere.
   */
  Iterator<List<Example>> batches(Iterator<Row> rows) {
    return new Batches(rows);
  }

  private final class Batches implements Iterator<List<Example>> {
    private final int partition = TaskContext.getPartitionId();
    private final Iterator<Row> rows;
    private long read;
    private Example next;

    Batches(Iterator<Row> rows) {
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      return next != null || rows.hasNext();
    }

    @Override
    public List<Example> next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      List<Example> gathered = new ArrayList<>();
      Example first = null;
      while (gathered.size() < batch && hasNext()) {
        Example example = next == null ? readRow() : next;
        next = null;
        if (example.hasImages()) {
          first = first == null ? example : first;
          if (!example.hasShapesOf(first)) {
            next = example;
            break;
          }
        }
        gathered.add(example);
      }
      return gathered;
    }

    private Example readRow() {
      Row row = rows.next();
      Example example = new Example(row, rowName(row), null, null);
      read++;
      if (error >= 0 && !row.isNullAt(error)) {
        return example.failed(row.getString(error));
      }
      try {
        return example.withImages(images(row, example.name()));
      } catch (IOException noPicture) { // Whose message begins with the row's name.
        return failed(example, noPicture.getMessage(), noPicture);
      } catch (IllegalArgumentException wrong) {
        return failed(example, wrong);
      }
    }

    private String rowName(Row row) {
      return name < 0 || row.isNullAt(name)
          ? "row %d of partition %d".formatted(read, partition)
          : row.get(name).toString();
    }
  }

  private List<Tensor> images(Row row, String rowName) throws IOException {
    List<Tensor> images = new ArrayList<>();
    for (ImageColumn column : columns) {
      if (row.isNullAt(column.index())) {
        throw new IllegalArgumentException("column '" + column.name() + "' is null");
      }
      images.add(column.read(row, rowName));
    }
    return images;
  }

  /** Returns a row that failed with its name and the reason, or throws them. */
  Example failed(Example example, Exception wrong) {
    return failed(example, example.name() + ": " + wrong.getMessage(), wrong);
  }

  private Example failed(Example example, String reason, Exception cause) {
    if (failing) {
      throw new RowException(reason, cause);
    }
    return example.failed(reason);
  }
}
