package io.github.colonnade.examples.mnist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads data sets as they lie about, and says what is wrong with the others. */
class DataSetTest {
  private static final String IMAGES = "train-images-idx3-ubyte";
  private static final String LABELS = "train-labels-idx1-ubyte";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"-", "."})
  void filesAreFoundUnderEveryUsualName(String separator) throws IOException {
    IdxFiles.write(name("train-images", separator, 3, ""), IdxFiles.images(12, 1));
    IdxFiles.write(name("train-labels", separator, 1, ".gz"), IdxFiles.gzip(IdxFiles.labels(12)));
    IdxFiles.write(name("t10k-images", separator, 3, ".gz"), IdxFiles.gzip(IdxFiles.images(5, 2)));
    IdxFiles.write(name("t10k-labels", separator, 1, ""), IdxFiles.labels(5));

    DataSet data = DataSet.read(folder);

    assertEquals(12, data.training().size());
    assertEquals(1, data.training().label(11));
    assertEquals(5, data.test().size());
    assertEquals(4, data.test().label(4));
    assertFalse(data.isFashion());
    assertEquals("7", data.classes().get(7));
  }

  private Path name(String stem, String separator, int rank, String ending) {
    return folder.resolve(stem + separator + "idx" + rank + "-ubyte" + ending);
  }

  @Test
  void aNameDoesNotSayWhetherAFileIsGzipped() throws IOException {
    IdxFiles.write(folder.resolve(IMAGES), IdxFiles.gzip(IdxFiles.images(2, 1)));
    IdxFiles.write(folder.resolve(LABELS + ".gz"), IdxFiles.labels(2));

    assertEquals(2, ImageSet.read(folder, "train").size());
  }

  @Test
  void pixelsAreCopiedWhereTheyBelong() {
    byte[] pixels = new byte[2 * 784];
    pixels[784 + 29] = (byte) 255;
    pixels[784 + 783] = 51;
    double[] shades = new double[256];
    Arrays.setAll(shades, grey -> 2.0 * grey);
    try (Arena arena = Arena.ofConfined()) {
      Tensor batch = Tensor.allocate(arena, DType.F64, 3, 1, 28, 28).fill(7);

      new ImageSet(pixels, new byte[2]).copyImage(1, shades, batch, 2);

      double[] expected = new double[3 * 784];
      Arrays.fill(expected, 0, 2 * 784, 7);
      expected[2 * 784 + 29] = 510;
      expected[2 * 784 + 783] = 102;
      assertArrayEquals(expected, batch.toDoubleArray());
    }
  }

  @Test
  void shadesHaveMeanZeroAndDeviationOne() {
    byte[] pixels = new byte[784];
    Arrays.fill(pixels, 0, 392, (byte) 200);

    double[] shades = new ImageSet(pixels, new byte[1]).shades();

    assertEquals(256, shades.length);
    assertEquals(-1, shades[0], 1e-15);
    assertEquals(0, shades[100], 1e-15);
    assertEquals(1, shades[200], 1e-15);
    Arrays.fill(pixels, (byte) 9);
    assertEquals(1, new ImageSet(pixels, new byte[1]).shades()[10]);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          08 | 3,28,28                   | 2351 | is cut short
          08 | 3,28,28                   | 2353 | is longer than the 2352 bytes that it says
          08 | 0,28,28                   | 0    | has no images, must have at least 1
          08 | 3,32,28                   | 2688 | has images of 32×28 pixels, must be 28×28
          08 | 3,0,0                     | 0    | has images of 0×0 pixels, must be 28×28
          08 | 3,784                     | 2352 | has 2 dimensions, must have 3
          0d | 3,28,28                   | 2352 | has elements of type 0x0d, must have 0x08, unsigned bytes
          08 | -1,28,28                  | 0    | says that it has more than 1073741824 bytes
          08 | 1431656,28,28             | 0    | says that it has more than 1073741824 bytes
          08 | 65536,65536,0             | 0    | says that it has more than 1073741824 bytes
          08 | -2147483648,2,0           | 0    | says that it has more than 1073741824 bytes
          08 | 2,28,28                   | 1568 | has 3 labels, FILE has 2 images
          """)
  void wrongImagesAreTold(String type, String shape, int bytes, String rule) {
    int[] sizes = Arrays.stream(shape.split(",")).mapToInt(Integer::parseInt).toArray();
    Path images = folder.resolve(IMAGES);
    Path labels = folder.resolve(LABELS);
    IdxFiles.write(images, IdxFiles.file(Integer.parseInt(type, 16), new byte[bytes], sizes));
    IdxFiles.write(labels, IdxFiles.labels(3));

    Path wrong = rule.contains("labels") ? labels : images;
    assertTold(wrong + ": " + rule.replace("FILE", images.toString()));
  }

  @Test
  void aLabelBeyondTheClassesIsTold() {
    IdxFiles.write(folder.resolve(IMAGES), IdxFiles.images(3, 1));
    IdxFiles.write(folder.resolve(LABELS), IdxFiles.file(0x08, new byte[] {9, 0, 10}, 3));

    assertTold(folder.resolve(LABELS) + ": label 2 is 10, must be from 0 to 9");
  }

  @Test
  void everyCutAndEveryDamageOfAGzippedFileIsTold() {
    byte[] packed = IdxFiles.gzip(IdxFiles.images(1, 1));
    IdxFiles.write(folder.resolve(LABELS), IdxFiles.labels(1));
    for (int length = 0; length < packed.length; length++) {
      IdxFiles.write(folder.resolve(IMAGES), Arrays.copyOf(packed, length));

      assertTold(folder.resolve(IMAGES) + ": ");
    }
    // Behind the ten bytes of the header, whose time and system nobody checks.
    for (int i = 10; i < packed.length; i++) {
      byte[] damaged = packed.clone();
      damaged[i] ^= 0x10;
      IdxFiles.write(folder.resolve(IMAGES), damaged);

      assertTold(folder.resolve(IMAGES) + ": ");
    }
  }

  @Test
  void whatIsNoIdxFileIsTold() {
    IdxFiles.write(folder.resolve(LABELS), IdxFiles.labels(1));
    for (byte[] bytes :
        new byte[][] {
          new byte[4], {1, 0, 8, 3}, "\211PNG and so on".getBytes(StandardCharsets.ISO_8859_1)
        }) {
      IdxFiles.write(folder.resolve(IMAGES), bytes);

      assertTold(folder.resolve(IMAGES) + ": is not an IDX file");
    }
  }

  @Test
  void missingFilesAreNamed() throws IOException {
    assertTold(
        folder
            + ": holds none of train-images-idx3-ubyte, train-images-idx3-ubyte.gz,"
            + " train-images.idx3-ubyte, train-images.idx3-ubyte.gz");
    IdxFiles.write(folder.resolve(IMAGES), IdxFiles.images(1, 1));
    assertTold(folder + ": holds none of train-labels-idx1-ubyte, ");
    Files.createDirectory(folder.resolve(LABELS));
    assertTold(folder.resolve(LABELS) + ": is not a regular file");
  }

  @Test
  void aFolderThatIsNoneIsTold() {
    Path file = folder.resolve("file");
    IdxFiles.write(file, new byte[1]);

    assertThrows(NoSuchFileException.class, () -> DataSet.read(folder.resolve("none")));
    assertEquals(
        file + ": is a file, must be a folder of IDX files",
        assertThrows(IdxFormatException.class, () -> DataSet.read(file)).getMessage());
  }

  @Test
  void fashionMnistIsRecognised() throws IOException {
    assumeTrue(
        Files.isDirectory(DataSet.FASHION_MNIST),
        "needs Debian's package dataset-fashion-mnist, which is not installed");

    DataSet data = DataSet.read(DataSet.FASHION_MNIST);

    assertEquals(60_000, data.training().size());
    assertEquals(10_000, data.test().size());
    assertTrue(data.isFashion());
    assertEquals("ankle boot", data.classes().get(data.test().label(0)));
  }

  private void assertTold(String message) {
    String told =
        assertThrows(IdxFormatException.class, () -> ImageSet.read(folder, "train")).getMessage();
    assertTrue(told.startsWith(message), () -> told + ", must start with " + message);
  }
}
