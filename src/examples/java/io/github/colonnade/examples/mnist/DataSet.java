package io.github.colonnade.examples.mnist;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Images to train with and others to test with.
 *
 * @param training what the network learns from
 * @param test what it never sees while it learns
 */
public record DataSet(ImageSet training, ImageSet test) {
  /** Where Debian's package {@code dataset-fashion-mnist} puts its files. */
  public static final Path FASHION_MNIST = Path.of("/usr/share/datasets/fashion-mnist");

  private static final List<String> FASHION_CLASSES =
      List.of(
          "T-shirt",
          "trouser",
          "pullover",
          "dress",
          "coat",
          "sandal",
          "shirt",
          "sneaker",
          "bag",
          "ankle boot");

  private static final List<String> DIGITS =
      List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");

  /** IDX files have no names of classes, but in Fashion-MNIST these labels come first. */
  private static final byte[] FIRST_FASHION_LABELS = {9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9};

  /**
   * Reads a data set: the files {@code train-images-idx3-ubyte}, {@code train-labels-idx1-ubyte},
   * {@code t10k-images-idx3-ubyte} and {@code t10k-labels-idx1-ubyte}, each gzipped or not.
   *
   * @param folder where they lie
   * @return at least one image of either kind
   * @throws IOException naming the file and what is wrong with it
   */
  public static DataSet read(Path folder) throws IOException {
    return new DataSet(ImageSet.read(folder, "train"), ImageSet.read(folder, "t10k"));
  }

  /** {@return whether these are Fashion-MNIST's images} */
  public boolean isFashion() {
    return training.startsWith(FIRST_FASHION_LABELS);
  }

  /** {@return the classes' names} */
  public List<String> classes() {
    return isFashion() ? FASHION_CLASSES : DIGITS;
  }
}
