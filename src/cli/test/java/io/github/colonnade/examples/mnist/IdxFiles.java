package io.github.colonnade.examples.mnist;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;

/** Small data sets in IDX files: each class a bright block at another place, among noise. */
public final class IdxFiles {
  private static final int SIDE = 28;
  private static final int BLOCK = 6;
  private static final int NOISE = 96;

  private IdxFiles() {}

  /** Writes all four files of a data set into a folder. */
  public static Path dataSet(Path folder, int training, int test) {
    part(folder, "train", training, 1);
    part(folder, "t10k", test, 2);
    return folder;
  }

  private static void part(Path folder, String part, int images, int seed) {
    write(folder.resolve(part + "-images-idx3-ubyte.gz"), gzip(images(images, seed)));
    write(folder.resolve(part + "-labels-idx1-ubyte"), labels(images));
  }

  /** Returns an IDX file of images; image i is of class i % 10. */
  static byte[] images(int count, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] pixels = new byte[count * SIDE * SIDE];
    for (int i = 0; i < pixels.length; i++) {
      int label = i / (SIDE * SIDE) % 10;
      int row = i / SIDE % SIDE;
      int column = i % SIDE;
      boolean bright = row / BLOCK == label / 4 && column / BLOCK == label % 4;
      pixels[i] = (byte) ((bright ? 150 : 0) + random.nextInt(NOISE));
    }
    return file(0x08, pixels, count, SIDE, SIDE);
  }

  /** Returns an IDX file of the labels of {@link #images}. */
  static byte[] labels(int count) {
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i % 10);
    }
    return file(0x08, labels, count);
  }

  /** Returns an IDX file. */
  static byte[] file(int type, byte[] elements, int... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * shape.length + elements.length);
    bytes.putShort((short) 0).put((byte) type).put((byte) shape.length);
    for (int size : shape) {
      bytes.putInt(size);
    }
    return bytes.put(elements).array();
  }

  static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }

  static void write(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
