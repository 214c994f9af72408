package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What cannot be seen has no say. */
class FilterTransparencyTest {
  private static final int SIZE = 24;
  private static final int WHITE = 0xffffffff;

  @TempDir private Path folder;

  private static Stream<String> kernels() {
    return ImageKernel.NAMED.stream().map(ImageKernel::name);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void hiddenColoursDoNotBleed(String kernel) throws IOException {
    BufferedImage red = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_ARGB);
    drawSquare(red, 0x00ff0000);

    assertIsEvenInsideTheSquare(filter(red, "--kernel", kernel), kernel);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void hiddenGreyDoesNotBleed(String kernel) throws IOException {
    for (int type : new int[] {DataBuffer.TYPE_BYTE, DataBuffer.TYPE_USHORT}) {
      ComponentColorModel model =
          new ComponentColorModel(
              ColorSpace.getInstance(ColorSpace.CS_GRAY),
              true,
              false,
              Transparency.TRANSLUCENT,
              type);
      BufferedImage grey =
          new BufferedImage(model, model.createCompatibleWritableRaster(SIZE, SIZE), false, null);
      int white = type == DataBuffer.TYPE_BYTE ? 0xff : 0xffff;
      for (int i = 0; i < SIZE * SIZE; i++) {
        boolean inside = isInside(i % SIZE, i / SIZE);
        grey.getRaster()
            .setPixel(
                i % SIZE, i / SIZE, inside ? new int[] {white, white} : new int[] {white / 3, 0});
      }

      assertIsEvenInsideTheSquare(filter(grey, "--kernel", kernel), kernel);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void aTransparentColourOfAPaletteDoesNotBleed(String kernel) throws IOException {
    byte[] both = {(byte) 255, (byte) 255};
    byte[] second = {0, (byte) 255};
    IndexColorModel palette = new IndexColorModel(1, 2, both, second, second, 0);
    BufferedImage indexed = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_BINARY, palette);
    for (int i = 0; i < SIZE * SIZE; i++) {
      indexed.getRaster().setSample(i % SIZE, i / SIZE, 0, isInside(i % SIZE, i / SIZE) ? 1 : 0);
    }

    assertIsEvenInsideTheSquare(filter(indexed, "--kernel", kernel), kernel);
  }

  @Test
  void coloursAreWeightedByTheirOpacity() throws IOException {
    Random random = new Random(1);
    BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_ARGB);
    for (int i = 0; i < SIZE * SIZE; i++) {
      image.setRGB(i % SIZE, i / SIZE, random.nextInt());
    }

    BufferedImage result = filter(image, "--kernel", "box");

    for (int y = 2; y < SIZE - 2; y++) {
      for (int x = 2; x < SIZE - 2; x++) {
        for (int shift = 0; shift < 24; shift += 8) {
          double opacity = 0;
          double colour = 0;
          for (int tap = 0; tap < 25; tap++) {
            int pixel = image.getRGB(x - 2 + tap % 5, y - 2 + tap / 5);
            opacity += pixel >>> 24;
            colour += (pixel >>> 24) * (double) (pixel >> shift & 0xff);
          }
          assertEquals(colour / opacity, result.getRGB(x, y) >> shift & 0xff, 0.501);
        }
        assertEquals(image.getRGB(x, y) >>> 24, result.getRGB(x, y) >>> 24);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"fill", "reflect", "replicate", "wrap"})
  void anOpaqueImageIsTheSameWithAndWithoutOpacity(String boundary) throws IOException {
    Random random = new Random(2);
    BufferedImage opaque = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
    BufferedImage nearly = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_ARGB);
    for (int i = 0; i < SIZE * SIZE; i++) {
      opaque.setRGB(i % SIZE, i / SIZE, random.nextInt());
      nearly.setRGB(i % SIZE, i / SIZE, opaque.getRGB(i % SIZE, i / SIZE));
    }
    // So that opacity is reckoned with; five pixels on it counts no more.
    nearly.setRGB(SIZE - 1, SIZE - 1, 0x80000000);

    BufferedImage expected = filter(opaque, "--kernel", "emboss", "--boundary", boundary);
    BufferedImage result = filter(nearly, "--kernel", "emboss", "--boundary", boundary);

    for (int y = 2; y < SIZE - 5; y++) {
      assertEquals(expected.getRGB(0, y), result.getRGB(0, y), "row " + y);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void nothingToBeSeenIsNoMistake(String kernel) throws IOException {
    BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_ARGB);

    assertEquals(0, filter(image, "--kernel", kernel).getRGB(5, 5) >>> 24);
  }

  @Test
  void aKernelThatSeesNothingLeavesThePixel() throws IOException {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0xff305070);
    image.setRGB(1, 0, 0x00ffffff);
    Path right = Cli.save(folder.resolve("k.npy"), new double[] {0, 0, 1}, 1, 3);

    BufferedImage result = filter(image, "--kernel", right, "--boundary", "replicate");

    assertEquals(0xff305070, result.getRGB(0, 0));
  }

  private static boolean isInside(int x, int y) {
    return x >= 8 && x < 16 && y >= 8 && y < 16;
  }

  private static void drawSquare(BufferedImage image, int around) {
    for (int i = 0; i < SIZE * SIZE; i++) {
      boolean inside = isInside(i % SIZE, i / SIZE);
      image.setRGB(i % SIZE, i / SIZE, inside ? WHITE : around);
    }
  }

  private static void assertIsEvenInsideTheSquare(BufferedImage result, String kernel) {
    boolean edges = ImageKernel.NAMED.stream().anyMatch(k -> k.name().equals(kernel) && k.edges());
    for (int i = 0; i < SIZE * SIZE; i++) {
      int pixel = result.getRGB(i % SIZE, i / SIZE);
      if (isInside(i % SIZE, i / SIZE)) {
        assertEquals(
            Integer.toHexString(edges ? 0xff000000 : WHITE), Integer.toHexString(pixel), kernel);
      } else {
        assertEquals(0, pixel >>> 24);
      }
    }
  }

  private BufferedImage filter(BufferedImage image, Object... options) throws IOException {
    Path file = folder.resolve("i.png");
    Path output = folder.resolve("o.png");
    assertTrue(ImageIO.write(image, "png", file.toFile()));
    Object[] all =
        Stream.concat(Stream.of("filter", file, "-o", output), Stream.of(options)).toArray();
    Cli.run(all).requireDone();
    return ImageIO.read(output.toFile());
  }
}
