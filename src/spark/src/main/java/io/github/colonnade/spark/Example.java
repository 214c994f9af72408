package io.github.colonnade.spark;

import io.github.colonnade.Tensor;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;

/**
 * A row with its images.
 *
 * @param name what messages call the row
 * @param images of each column that is read, {@code [C, H, W]} on the heap; null if it failed
 * @param error why the row has no images, in one line that names it, or null
 */
record Example(Row row, String name, List<Tensor> images, String error) {
  boolean hasImages() {
    return images != null;
  }

  Example withImages(List<Tensor> read) {
    return new Example(row, name, read, null);
  }

  Example failed(String reason) {
    return new Example(row, name, null, reason);
  }

  /** Returns whether another's images have the shapes of this one's. */
  boolean hasShapesOf(Example other) {
    for (int i = 0; i < images.size(); i++) {
      if (!Arrays.equals(images.get(i).shape(), other.images.get(i).shape())) {
        return false;
      }
    }
    return true;
  }
}
