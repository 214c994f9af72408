package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small images, filtered by hand. */
class FilterCommandTest {
  private static final double[] SHIFT_LEFT = {0, 0, 1};

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"fill, 20 30 0", "reflect, 20 30 20", "replicate, 20 30 30", "wrap, 20 30 10"})
  void seesBeyondTheBorder(String boundary, String expected) throws IOException {
    Path image = grey(3, 1, 10, 20, 30);
    Path kernel = Cli.save(folder.resolve("k.npy"), SHIFT_LEFT, 1, 3);

    assertEquals(expected, words(filter(image, "--kernel", kernel, "--boundary", boundary)));
  }

  @Test
  void anchorsAnEvenKernelBelowAndRightOfItsMiddle() throws IOException {
    Path image = grey(3, 1, 10, 20, 30);
    Path kernel = Cli.save(folder.resolve("k.npy"), new double[] {1, 0}, 1, 2);

    assertEquals("0 10 20", words(filter(image, "--kernel", kernel, "--boundary", "fill")));
  }

  @Test
  void findsAnEdgeInOneDirectionAtFullStrength() throws IOException {
    // A step of 30 seen by (1 2 1): 120, half of it on each side of a line.
    Path image = grey(4, 3, 10, 10, 40, 40, 10, 10, 40, 40, 10, 10, 40, 40);

    assertEquals("0 120 120 0 0 120 120 0 0 120 120 0", words(filter(image, "--kernel", "sobel")));
    assertEquals("0 120 120 0 0 120 120 0 0 120 120 0", words(filter(image, "--kernel", "scharr")));
    assertEquals("0 90 90 0 0 90 90 0 0 90 90 0", words(filter(image, "--kernel", "laplacian")));
  }

  @ParameterizedTest
  @CsvSource({"gaussian", "box", "sharpen", "emboss"})
  void leavesAnEvenImageAsItIs(String kernel) throws IOException {
    int[] pixels = new int[20 * 20];
    Arrays.fill(pixels, 77);

    int[] result = filter(grey(20, 20, pixels), "--kernel", kernel);

    assertArrayEquals(pixels, result);
  }

  @Test
  void cutsToTheRange() throws IOException {
    Path image = grey(2, 1, 100, 200);
    Path twice = Cli.save(folder.resolve("k.npy"), new double[] {2}, 1, 1);
    Path minus = Cli.save(folder.resolve("m.npy"), new float[] {-1}, 1, 1);

    assertEquals("200 255", words(filter(image, "--kernel", twice)));
    assertEquals("0 0", words(filter(image, "--kernel", minus)));
  }

  @Test
  void keepsColoursAndOpacity() throws IOException {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_4BYTE_ABGR);
    image.setRGB(0, 0, 0x40102030);
    image.setRGB(1, 0, 0xff405060);
    Path kernel = Cli.save(folder.resolve("k.npy"), new double[] {2}, 1, 1);

    filter(write(image), "--kernel", kernel);
    BufferedImage result = ImageIO.read(folder.resolve("o.png").toFile());

    assertEquals(0x40204060, result.getRGB(0, 0));
    assertEquals(0xff80a0c0, result.getRGB(1, 0));
  }

  @Test
  void weighsColoursToGreyForEdges() throws IOException {
    BufferedImage image = new BufferedImage(4, 1, BufferedImage.TYPE_INT_RGB);
    image.setRGB(2, 0, 0x002000);
    image.setRGB(3, 0, 0x002000);

    int[] result = filter(write(image), "--kernel", "sobel", "--boundary", "replicate");

    // 4 · 0.587 · 32
    assertEquals("0 75 75 0", words(result));
  }

  @Test
  void keepsSixteenBits() throws IOException {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
    image.getRaster().setPixels(0, 0, 2, 1, new int[] {1001, 30001});
    Path kernel = Cli.save(folder.resolve("k.npy"), new double[] {2}, 1, 1);

    assertEquals("2002 60002", words(filter(write(image), "--kernel", kernel)));
    BufferedImage result = ImageIO.read(folder.resolve("o.png").toFile());
    assertEquals(16, result.getColorModel().getComponentSize(0));
  }

  @Test
  void readsSixteenBitColoursAndGif() throws IOException {
    ComponentColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            false,
            false,
            Transparency.OPAQUE,
            DataBuffer.TYPE_USHORT);
    BufferedImage deep =
        new BufferedImage(model, model.createCompatibleWritableRaster(1, 1), false, null);
    deep.getRaster().setPixel(0, 0, new int[] {1, 2000, 65535});
    Path one = Cli.save(folder.resolve("k.npy"), new double[] {1}, 1, 1);
    assertEquals("1 2000 65535", words(filter(write(deep), "--kernel", one)));

    BufferedImage indexed = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_INDEXED);
    indexed.setRGB(0, 0, 0xff3366cc);
    Path gif = folder.resolve("i.gif");
    assertTrue(ImageIO.write(indexed, "gif", gif.toFile()));
    assertEquals("51 102 204", words(filter(gif, "--kernel", one)));
  }

  @Test
  void carriesAProfileOrSaysThatItCannot() throws IOException {
    Path image = write(new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB));
    Files.write(image, withProfile(Files.readAllBytes(image)));
    Path output = folder.resolve("o.png");

    Cli.run("filter", image, "--kernel", "sharpen", "-o", output).requireDone();
    byte[] sharpened = Files.readAllBytes(output);
    Cli edges = Cli.run("filter", image, "--kernel", "sobel", "-o", output);

    assertTrue(new String(sharpened, StandardCharsets.ISO_8859_1).contains("iCCP"));
    assertEquals(0, edges.code());
    assertEquals(
        "colonnade: "
            + image
            + ": its colour profile is for RGB, the result is grey, so it is left out",
        edges.err().strip());
    assertEquals(4, ImageIO.read(output.toFile()).getWidth());
  }

  private static byte[] withProfile(byte[] png) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    data.writeBytes("iCCPname\0\0".getBytes(StandardCharsets.ISO_8859_1));
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(data)) {
      deflater.write(ICC_Profile.getInstance(ColorSpace.CS_sRGB).getData());
    }
    CRC32 crc = new CRC32();
    crc.update(data.toByteArray());
    // Behind signature and header; the length counts the data alone, without the type.
    return ByteBuffer.allocate(png.length + data.size() + 8)
        .put(png, 0, 33)
        .putInt(data.size() - 4)
        .put(data.toByteArray())
        .putInt((int) crc.getValue())
        .put(png, 33, png.length - 33)
        .array();
  }

  @Test
  void refusesToMirrorMoreThanThereIs() throws IOException {
    Path image = grey(3, 3, new int[9]);

    Cli cli = Cli.run("filter", image, "--kernel", "gaussian", "-o", folder.resolve("o.png"));

    cli.requireMistake("--boundary: reflect takes 9 pixels beyond the border");
    assertEquals(List.of("i.png"), Cli.filesIn(folder));
  }

  @ParameterizedTest
  @CsvSource({"sobel", "scharr", "gaussian", "box"})
  void separableOrNotTheResultIsTheSame(String kernel) throws IOException {
    Random random = new Random(4);
    BufferedImage image = new BufferedImage(31, 26, BufferedImage.TYPE_INT_ARGB);
    for (int i = 0; i < 31 * 26; i++) {
      image.setRGB(i % 31, i / 31, random.nextInt());
    }
    for (BufferedImage each : List.of(opaque(image), image)) {
      Path file = write(each);
      for (String boundary : List.of("fill", "reflect", "replicate", "wrap")) {
        assertArrayEquals(
            filter(file, "--kernel", kernel, "--boundary", boundary, "--separable", "never"),
            filter(file, "--kernel", kernel, "--boundary", boundary),
            boundary);
      }
    }
  }

  private static BufferedImage opaque(BufferedImage image) {
    BufferedImage opaque =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < image.getWidth() * image.getHeight(); i++) {
      int x = i % image.getWidth();
      int y = i / image.getWidth();
      opaque.setRGB(x, y, image.getRGB(x, y));
    }
    return opaque;
  }

  @Test
  void aGaussianHasTheSigmaThatIsAskedFor() throws IOException {
    int[] dot = new int[9 * 9];
    dot[4 * 9 + 4] = 255;
    Path image = grey(9, 9, dot);

    int[] result = filter(image, "--kernel", "Gaussian", "--sigma", "0.8", "--boundary", "fill");

    // Three times sigma are two pixels: 1, exp(-0.5 / 0.64) and exp(-2 / 0.64) by their sum.
    double[] tap = {1, Math.exp(-0.5 / 0.64), Math.exp(-2 / 0.64), 0, 0};
    double sum = 1 + 2 * tap[1] + 2 * tap[2];
    for (int i = 0; i < 81; i++) {
      double expected = 255 * tap[Math.abs(i / 9 - 4)] * tap[Math.abs(i % 9 - 4)] / (sum * sum);
      assertEquals(Math.round(expected), result[i]);
    }
    assertArrayEquals(
        filter(grey(20, 20, ramp()), "--kernel", "gaussian"),
        filter(grey(20, 20, ramp()), "--kernel", "gaussian", "--sigma", "3"));
  }

  private static int[] ramp() {
    int[] pixels = new int[400];
    Arrays.setAll(pixels, i -> i % 251);
    return pixels;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          gaussian | 0    | auto  | --sigma: is 0.0, must be more than 0 and at most 1000000
          gaussian | -2   | auto  | --sigma: is -2.0, must be more than 0 and at most 1000000
          gaussian | NaN  | auto  | --sigma: is NaN, must be more than 0 and at most 1000000
          gaussian | 1e7  | auto  | --sigma: is 1.0E7, must be more than 0 and at most 1000000
          gaussian | 2000 | never | --sigma: is 2000.0, must be at most 1000 with --separable never
          gaussian | 30   | auto  | --boundary: reflect takes 90 pixels beyond the border
          box      | 3    | auto  | --sigma: is for gaussian alone, must be left out with --kernel 'box'
          gaussian | x    | auto  | --sigma: is 'x', must be a number
          gaussian | 3    | no    | --separable: is 'no', must be one of auto, never
          """)
  void refusesSigmasThatMakeNoSense(String kernel, String sigma, String separable, String says)
      throws IOException {
    Path image = grey(3, 3, new int[9]);

    Cli cli =
        Cli.run(
            "filter",
            image,
            "--kernel",
            kernel,
            "--sigma",
            sigma,
            "--separable",
            separable,
            "-o",
            folder.resolve("o.png"));

    cli.requireMistake(says);
    assertEquals(List.of("i.png"), Cli.filesIn(folder));
  }

  @Test
  void findsAProductInAFile() throws IOException {
    // 1/3 times 0.3 and so on, rounded to float: separable within that rounding only.
    float[] taps = new float[15];
    for (int i = 0; i < 15; i++) {
      taps[i] = (float) ((i / 5 + 1) / 30.0 * (i % 5 + 0.3));
    }
    Path kernel = Cli.save(folder.resolve("k.npy"), taps, 3, 5);
    Path image = grey(20, 20, ramp());

    assertArrayEquals(
        filter(image, "--kernel", kernel, "--separable", "never"),
        filter(image, "--kernel", kernel));
  }

  private int[] filter(Path image, Object... options) throws IOException {
    Object[] all = new Object[options.length + 4];
    all[0] = "filter";
    all[1] = image;
    all[2] = "-o";
    all[3] = folder.resolve("o.png");
    System.arraycopy(options, 0, all, 4, options.length);
    Cli.run(all).requireDone();
    BufferedImage result = ImageIO.read(folder.resolve("o.png").toFile());
    return result.getRaster().getPixels(0, 0, result.getWidth(), result.getHeight(), (int[]) null);
  }

  private Path grey(int width, int height, int... pixels) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setPixels(0, 0, width, height, pixels);
    return write(image);
  }

  private Path write(BufferedImage image) throws IOException {
    Path file = folder.resolve("i.png");
    assertTrue(ImageIO.write(image, "png", file.toFile()));
    return file;
  }

  private static String words(int... pixels) {
    return String.join(" ", Arrays.stream(pixels).mapToObj(String::valueOf).toList());
  }
}
