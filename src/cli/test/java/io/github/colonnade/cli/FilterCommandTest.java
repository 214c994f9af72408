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
