package io.github.colonnade.examples.mnist;

import io.github.colonnade.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/** Images of 28×28 grey pixels, each with its class from 0 to 9. */
public final class ImageSet {
  /** Rows of an image, and columns. */
  public static final int SIDE = 28;

  /** The number of classes. */
  public static final int CLASSES = 10;

  private static final int PIXELS = SIDE * SIDE;
  private static final int IMAGES_RANK = 3;
  private static final int LABELS_RANK = 1;

  private final byte[] pixels;
  private final byte[] labels;

  ImageSet(byte[] pixels, byte[] labels) {
    this.pixels = pixels;
    this.labels = labels;
  }

  /**
   * Reads one part of a data set: {@code PART-images-idx3-ubyte} and {@code
   * PART-labels-idx1-ubyte}, gzipped or not.
   *
   * @param folder where both files lie
   * @param part {@code train} or {@code t10k}
   * @return at least one image
   * @throws IOException naming the file and what is wrong with it
   */
  public static ImageSet read(Path folder, String part) throws IOException {
    Path imagesFile = IdxFile.find(folder, part + "-images", IMAGES_RANK);
    Path labelsFile = IdxFile.find(folder, part + "-labels", LABELS_RANK);
    IdxFile labels = IdxFile.read(labelsFile, LABELS_RANK);
    IdxFile images = IdxFile.read(imagesFile, IMAGES_RANK);
    int[] shape = images.shape();
    if (shape[1] != SIDE || shape[2] != SIDE) {
      throw new IdxFormatException(
          imagesFile, "has images of " + shape[1] + "×" + shape[2] + " pixels, must be 28×28");
    }
    if (shape[0] == 0) {
      throw new IdxFormatException(imagesFile, "has no images, must have at least 1");
    }
    if (labels.shape()[0] != shape[0]) {
      throw new IdxFormatException(
          labelsFile,
          "has " + labels.shape()[0] + " labels, " + imagesFile + " has " + shape[0] + " images");
    }
    for (int i = 0; i < shape[0]; i++) {
      int label = Byte.toUnsignedInt(labels.bytes()[i]);
      if (label >= CLASSES) {
        throw new IdxFormatException(
            labelsFile, "label " + i + " is " + label + ", must be from 0 to 9");
      }
    }
    return new ImageSet(images.bytes(), labels.bytes());
  }

  /** {@return the number of images} */
  public int size() {
    return labels.length;
  }

  /**
   * Returns the class of an image.
   *
   * @param image its position
   * @return from 0 to 9
   */
  public int label(int image) {
    return labels[image];
  }

  /**
   * Returns what number each grey stands for, so that those of all pixels have mean 0 and deviation
   * 1: a network learns faster from such.
   */
  double[] shades() {
    long[] counts = new long[256];
    for (byte pixel : pixels) {
      counts[Byte.toUnsignedInt(pixel)]++;
    }
    double sum = 0;
    double squares = 0;
    for (int grey = 0; grey < counts.length; grey++) {
      sum += (double) grey * counts[grey];
      squares += (double) grey * grey * counts[grey];
    }
    double mean = sum / pixels.length;
    // At least 1, for images of one grey.
    double deviation = Math.sqrt(Math.max(1, squares / pixels.length - mean * mean));
    double[] shades = new double[counts.length];
    Arrays.setAll(shades, grey -> (grey - mean) / deviation);
    return shades;
  }

  /**
   * Copies an image into a batch.
   *
   * @param image its position
   * @param shades the number for each grey
   * @param batch {@code [N, 1, 28, 28]}, of which one image is overwritten
   * @param index the image's position in the batch
   */
  void copyImage(int image, double[] shades, Tensor batch, int index) {
    for (int i = 0; i < PIXELS; i++) {
      int grey = Byte.toUnsignedInt(pixels[image * PIXELS + i]);
      batch.set((long) index * PIXELS + i, shades[grey]);
    }
  }

  /** Returns whether the first labels are these. */
  boolean startsWith(byte... first) {
    return labels.length >= first.length
        && Arrays.equals(labels, 0, first.length, first, 0, first.length);
  }
}
