package io.github.colonnade.examples.mnist;

/**
 * How well a network knows a set of images.
 *
 * @param loss mean cross-entropy of an image
 * @param confusion images by class and prediction
 */
@SuppressWarnings("ArrayRecordComponent") // read, never changed
public record Evaluation(double loss, int[][] confusion) {
  /** {@return the share of the images whose class is predicted} */
  public double accuracy() {
    long right = 0;
    long all = 0;
    for (int i = 0; i < confusion.length; i++) {
      right += confusion[i][i];
      for (int count : confusion[i]) {
        all += count;
      }
    }
    return (double) right / all;
  }
}
