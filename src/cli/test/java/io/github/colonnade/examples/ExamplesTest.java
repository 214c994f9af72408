package io.github.colonnade.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every example runs, and prints what the guide says of it. */
final class ExamplesTest {
  private interface Example {
    void main(String... args) throws Exception;
  }

  /** Returns the lines that an example prints. */
  private static String printed(Example example) throws Exception {
    PrintStream console = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, /* autoFlush= */ true, UTF_8));
    try {
      example.main();
    } finally {
      System.setOut(console);
    }
    return out.toString(UTF_8).replace(System.lineSeparator(), "\n");
  }

  @Test
  void convolvesABatch() throws Exception {
    // The first pixel's window lies over the border: 3 channels of 2×2 pixels, each a half.
    assertEquals("F32[8, 16, 112, 112], first value 6.0\n", printed(ConvolveBatch::main));
  }

  @Test
  void findsTheKernelByItsGradients() throws Exception {
    assertEquals(
        """
        -1.000 0.000 1.000
        -2.000 0.000 2.000
        -1.000 0.000 1.000
        """,
        printed(Gradients::main).replace("-0.000", " 0.000"));
  }

  @Test
  void reusesAPlan() throws Exception {
    // 16 channels of 3×3 pixels, each a hundredth, less a half, and nothing below zero.
    assertEquals("batch 0: 0.00\nbatch 1: 0.94\nbatch 2: 2.38\n", printed(ReusePlan::main));
  }

  @Test
  void wrapsMemory() throws Exception {
    // The mean over each window of the third image, all 2, and of the fourth, all 3.
    assertEquals("2.0 and 3.0\n", printed(WrapMemory::main));
  }

  @Test
  void mapsArrays(@TempDir Path folder) throws Exception {
    // Nine pixels of 2 each.
    assertEquals(
        "F32[32, 4, 26, 26], last value 18.0\n",
        printed(none -> MappedArrays.main(folder.toString())));
  }

  @Test
  void sharpensAPhotograph(@TempDir Path folder) throws Exception {
    BufferedImage image = new BufferedImage(12, 8, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 8; y++) {
      for (int x = 0; x < 12; x++) {
        image.setRGB(x, y, x < 6 ? 0x646464 : 0x969696);
      }
    }
    File photo = folder.resolve("photo.png").toFile();
    ImageIO.write(image, "png", photo);
    File result = folder.resolve("sharp.png").toFile();
    assertEquals(
        "F32[1, 3, 8, 12]\n", printed(none -> FilterImage.main(photo.getPath(), result.getPath())));

    // Of the five columns under the kernel, two beside the edge are of the other side: 100 + 50·2/5
    // is the mean there, and 0.8 times the difference is taken off.
    BufferedImage sharp = ImageIO.read(result);
    assertEquals(0xff646464, sharp.getRGB(0, 4));
    assertEquals(0xff545454, sharp.getRGB(5, 4));
    assertEquals(0xffa6a6a6, sharp.getRGB(6, 4));
  }

  @Test
  void multipliesColumns() throws Exception {
    // Whole numbers, which no order of adding rounds.
    assertEquals("F64[27, 1024] multiplied: off from Conv2d by 0.0\n", printed(OwnMultiply::main));
  }

  @Test
  void convolvesTileByTile() throws Exception {
    assertEquals(
        "F32[1, 1, 2500, 1800], 1.000; F32[1, 1, 1250, 900], 0.640 in the corner\n",
        printed(TileByTile::main));
  }

  @Test
  void convolvesDepthwise() throws Exception {
    assertEquals(
        "F32[1, 64, 28, 28], 1.000 inside, 0.444 in the corner\n", printed(Depthwise::main));
  }

  @Test
  void sharesAPlanBetweenThreads() throws Exception {
    assertEquals("=".repeat(20) + "\n", printed(Threads::main));
  }

  @Test
  void choosesAnAlgorithm() throws Exception {
    String output = printed(ChooseAlgorithm::main);
    assertTrue(output.startsWith("FORWARD: "), output);
    assertTrue(
        output.contains("\nIM2COL, REFERENCE\nTuning[3 choices, pinned]: Conv2dPlan["), output);
  }
}
