package io.github.colonnade.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images of every kind to tensors and back. */
class ImagesTest {
  private static final ImageOptions BYTES = ImageOptions.defaults().withWhite(255);

  @TempDir private Path folder;
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @ParameterizedTest
  @CsvSource({"8, F64", "8, F32", "16, F64", "16, F32"})
  void everySampleOfEveryChannelComesBackThroughAFile(int bits, DType dtype) throws IOException {
    Path file = folder.resolve("y.png");
    for (Channels channels : Channels.values()) {
      if (channels == Channels.UNCHANGED) {
        continue;
      }
      for (double white : new double[] {1, 255, 65535, 0.3}) {
        ImageOptions options = ImageOptions.defaults().withBits(bits).withWhite(white);
        long side = 1L << (bits / 2);
        Tensor tensor = Tensor.allocate(arena, dtype, 1, channels.count(), side, side);
        double most = (1 << bits) - 1;
        for (long i = 0; i < tensor.elementCount(); i++) {
          // Every sample, in another order in each channel.
          long sample = (i * 7 + i / (side * side)) % (side * side);
          tensor.set(i, sample * white / most);
        }

        Images.write(file, tensor, options);
        Tensor read = Images.read(file, arena, dtype, options);

        assertEquals(tensor.toString(), read.toString());
        assertArrayEquals(tensor.toDoubleArray(), read.toDoubleArray());
      }
    }
  }

  @Test
  void roundsToTheNearestHalvesUpAndCutsToTheRange() {
    double[] values = {-1, -0.1, 0.49999999999999994, 0.5, 1.5, 2.5, 254.4, 254.5, 255, 300};
    Tensor tensor = Tensor.copyOf(arena, values, 1, 1, 1, 10);

    assertArrayEquals(
        new int[] {0, 0, 0, 1, 2, 3, 254, 255, 255, 255}, samples(Images.toImage(tensor, BYTES)));

    double[] odd = {Double.NaN, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, -0.0, 1e300};
    assertArrayEquals(
        new int[] {0, 0, 255, 0, 255},
        samples(Images.toImage(Tensor.copyOf(arena, odd, 1, 1, 5), BYTES)));
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        BufferedImage.TYPE_INT_RGB,
        BufferedImage.TYPE_INT_ARGB,
        BufferedImage.TYPE_INT_BGR,
        BufferedImage.TYPE_3BYTE_BGR,
        BufferedImage.TYPE_4BYTE_ABGR,
        BufferedImage.TYPE_BYTE_INDEXED
      })
  void everyKindOfColoursIsReadAsJavaSeesIt(int type) {
    BufferedImage image = noise(type, 7, 5);

    Tensor tensor = Images.toTensor(image, arena, DType.F64, BYTES);

    boolean alpha = image.getColorModel().hasAlpha();
    assertEquals(alpha ? "F64[1, 4, 5, 7]" : "F64[1, 3, 5, 7]", tensor.toString());
    for (int i = 0; i < 35; i++) {
      int pixel = image.getRGB(i % 7, i / 7);
      assertEquals(pixel >> 16 & 0xff, tensor.get(i));
      assertEquals(pixel >> 8 & 0xff, tensor.get(35 + i));
      assertEquals(pixel & 0xff, tensor.get(70 + i));
      if (alpha) {
        assertEquals(pixel >>> 24, tensor.get(105 + i));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {BufferedImage.TYPE_INT_ARGB_PRE, BufferedImage.TYPE_4BYTE_ABGR_PRE})
  void coloursThatAreMultipliedAlreadyAreDivided(int type) {
    BufferedImage image = new BufferedImage(2, 1, type);
    image.getRaster().setPixels(0, 0, 2, 1, new int[] {30, 60, 90, 120, 0, 0, 0, 0});

    assertArrayEquals(
        new double[] {63.75, 0, 127.5, 0, 191.25, 0, 120, 0},
        Images.toTensor(image, arena, DType.F64, BYTES).toDoubleArray());
    assertArrayEquals(
        new double[] {30, 0, 60, 0, 90, 0, 120, 0},
        Images.toTensor(image, arena, DType.F64, BYTES.withPremultiplied(true)).toDoubleArray());
  }

  @Test
  void fiveAndSixBitsGoFromBlackToWhite() {
    BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_USHORT_565_RGB);
    image.getRaster().setPixels(0, 0, 3, 1, new int[] {0, 0, 0, 31, 63, 31, 10, 20, 30});

    assertArrayEquals(
        new double[] {0, 1, 10 / 31.0, 0, 1, 20 / 63.0, 0, 1, 30 / 31.0},
        Images.toTensor(image, arena, DType.F64).toDoubleArray());
  }

  @Test
  void aPaletteIsReadAsItsColoursAndOpacity() {
    byte[] red = {10, 20, 30};
    byte[] opacity = {0, 100, (byte) 255};
    IndexColorModel palette = new IndexColorModel(2, 3, red, red, red, opacity);
    BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_BINARY, palette);
    image.getRaster().setPixels(0, 0, 3, 1, new int[] {2, 1, 0});

    assertArrayEquals(
        new double[] {30, 20, 10, 30, 20, 10, 30, 20, 10, 255, 100, 0},
        Images.toTensor(image, arena, DType.F64, BYTES).toDoubleArray());
  }

  @Test
  void aPartOfAnImageIsReadAsThat() {
    BufferedImage whole = noise(BufferedImage.TYPE_3BYTE_BGR, 9, 9);
    BufferedImage part = whole.getSubimage(2, 3, 4, 5);

    assertArrayEquals(
        new double[] {whole.getRGB(2, 3) >> 16 & 0xff, whole.getRGB(5, 7) >> 16 & 0xff},
        new double[] {
          Images.toTensor(part, arena, DType.F64, BYTES).get(0),
          Images.toTensor(part, arena, DType.F64, BYTES).get(19)
        });
  }

  @Test
  void planesAreReadLikePixels() {
    ComponentColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            false,
            false,
            Transparency.OPAQUE,
            DataBuffer.TYPE_BYTE);
    WritableRaster raster = Raster.createBandedRaster(DataBuffer.TYPE_BYTE, 2, 1, 3, null);
    raster.setPixels(0, 0, 2, 1, new int[] {1, 2, 3, 4, 5, 6});
    BufferedImage image = new BufferedImage(model, raster, false, null);

    assertArrayEquals(
        new double[] {1, 4, 2, 5, 3, 6},
        Images.toTensor(image, arena, DType.F64, BYTES).toDoubleArray());
  }

  @Test
  void channelsAreConvertedBothWays() {
    BufferedImage colours = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
    colours.setRGB(0, 0, 0x80ff8000);
    double luma = 0.299 * 255 + 0.587 * 128;
    assertArrayEquals(new double[] {luma}, read(colours, Channels.GREY), 1e-12);
    assertArrayEquals(new double[] {luma, 128}, read(colours, Channels.GREY_ALPHA), 1e-12);
    assertArrayEquals(new double[] {255, 128, 0}, read(colours, Channels.RGB));
    assertArrayEquals(new double[] {255, 128, 0, 128}, read(colours, Channels.UNCHANGED));
    BufferedImage grey = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
    grey.getRaster().setSample(0, 0, 0, 7);
    assertArrayEquals(new double[] {7}, read(grey, Channels.UNCHANGED));
    assertArrayEquals(new double[] {7, 255}, read(grey, Channels.GREY_ALPHA));
    assertArrayEquals(new double[] {7, 7, 7}, read(grey, Channels.RGB));
    assertArrayEquals(new double[] {7, 7, 7, 255}, read(grey, Channels.RGBA));

    Tensor tensor = Tensor.copyOf(arena, new double[] {7}, 1, 1, 1);
    BufferedImage drawn = Images.toImage(tensor, BYTES.withChannels(Channels.RGBA));
    assertEquals(0xff070707, drawn.getRGB(0, 0));
    assertEquals(BufferedImage.TYPE_4BYTE_ABGR, drawn.getType());
  }

  private double[] read(BufferedImage image, Channels channels) {
    return Images.toTensor(image, arena, DType.F64, BYTES.withChannels(channels)).toDoubleArray();
  }

  @Test
  void premultipliedColoursComeBackWhereTheyCanBeSeen() {
    ImageOptions options = ImageOptions.defaults().withPremultiplied(true);
    BufferedImage image = noise(BufferedImage.TYPE_INT_ARGB, 16, 16);
    for (int x = 0; x < 16; x++) {
      image.setRGB(x, 0, 0x00ffffff);
    }

    Tensor tensor = Images.toTensor(image, arena, DType.F64, options);
    BufferedImage back = Images.toImage(tensor, options);
    Tensor overBlack = Images.toTensor(image, arena, DType.F64, options.withChannels(Channels.RGB));

    for (int i = 0; i < 256; i++) {
      int pixel = image.getRGB(i % 16, i / 16);
      assertEquals((pixel >> 16 & 0xff) / 255.0 * ((pixel >>> 24) / 255.0), tensor.get(i), 1e-15);
      assertEquals(tensor.get(i), overBlack.get(i));
      assertEquals(pixel >>> 24 == 0 ? 0 : pixel, back.getRGB(i % 16, i / 16));
    }
  }

  @Test
  void fillsOneOfABatch() {
    BufferedImage image = noise(BufferedImage.TYPE_3BYTE_BGR, 3, 2);
    Tensor batch = Tensor.allocate(arena, DType.F32, 2, 3, 2, 3).fill(-1);
    Tensor second = Tensor.of(batch.segment().asSlice(72, 72), DType.F32, 1, 3, 2, 3);

    Images.copy(image, second, BYTES);

    assertEquals(-1, batch.get(17));
    assertArrayEquals(
        Images.toTensor(image, arena, DType.F64, BYTES).toDoubleArray(), second.toDoubleArray());
    Tensor grey = Tensor.allocate(arena, DType.F64, 1, 2, 3);
    Images.copy(image, grey, BYTES);
    assertArrayEquals(read(image, Channels.GREY), grey.toDoubleArray());
    assertEquals(
        "tensor: shape is [3, 3, 2], the image is 3 x 2",
        assertThrows(
                IllegalArgumentException.class,
                () -> Images.copy(image, Tensor.allocate(arena, DType.F64, 3, 3, 2), BYTES))
            .getMessage());
  }

  @ParameterizedTest
  @EnumSource(
      value = Channels.class,
      names = {"GREY", "RGB", "RGBA"})
  void imagesAreOfJavasOwnKinds(Channels channels) {
    Tensor tensor = Tensor.allocate(arena, DType.F32, 1, channels.count(), 2, 2);

    assertTrue(Images.toImage(tensor).getType() != BufferedImage.TYPE_CUSTOM);
  }

  @Test
  void refusesWhatIsNoPicture() {
    Path file = folder.resolve("y.png");
    for (long[] shape : new long[][] {{2, 3, 4, 4}, {1, 5, 4, 4}, {4, 4}, {3, 0, 4}}) {
      Tensor tensor = Tensor.allocate(arena, DType.F64, shape);
      String message =
          assertThrows(IllegalArgumentException.class, () -> Images.write(file, tensor))
              .getMessage();
      assertTrue(
          message.startsWith("tensor: shape is " + Arrays.toString(shape) + ", must be"), message);
    }
    Tensor whole = Tensor.allocate(arena, DType.I64, 1, 4, 4);
    assertEquals(
        "tensor: is I64, must be F64 or F32",
        assertThrows(IllegalArgumentException.class, () -> Images.toImage(whole)).getMessage());
    assertEquals(
        "dtype: is I64, must be F64 or F32",
        assertThrows(IllegalArgumentException.class, () -> Images.read(file, arena, DType.I64))
            .getMessage());
    assertTrue(Files.notExists(file));
  }

  @Test
  void refusesOptionsThatCannotBe() {
    ImageOptions options = ImageOptions.defaults();
    requireRefused("white: is 0.0, must be positive and finite", () -> options.withWhite(0));
    requireRefused(
        "white: is NaN, must be positive and finite", () -> options.withWhite(Double.NaN));
    requireRefused("bits: is 12, must be 8 or 16", () -> options.withBits(12));
    requireRefused("maxPixels: is 0, must be from 1 to 536870911", () -> options.withMaxPixels(0));
    requireRefused(
        "maxPixels: is 536870912, must be from 1 to 536870911",
        () -> options.withMaxPixels(1L << 29));
  }

  private static void requireRefused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }

  // Files of strangers.

  @Test
  void aHeaderThatClaimsMoreThanTheFileCanHoldIsRefused() throws IOException {
    byte[] png = new byte[33 + 12];
    ByteBuffer.wrap(png)
        .put("\u0089PNG\r\n\u001a\n".getBytes(StandardCharsets.ISO_8859_1))
        .putInt(13)
        .put("IHDR".getBytes(StandardCharsets.ISO_8859_1))
        .putInt(20_000)
        .putInt(20_000)
        .put(new byte[] {16, 6, 0, 0, 0})
        .putInt(crc(png, 12, 17))
        .putInt(0)
        .put("IDAT".getBytes(StandardCharsets.ISO_8859_1))
        .putInt(0x35af061e);

    String message =
        assertThrows(
                ImageFormatException.class,
                () -> Photograph.read(new ByteArrayInputStream(png), "bomb"))
            .getMessage();

    assertEquals("bomb: has 20000 x 20000 pixels, more than its 45 bytes can hold", message);
  }

  private static int crc(byte[] bytes, int from, int length) {
    CRC32 crc = new CRC32();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }

  @Test
  void aLimitOfPixelsIsKept() throws IOException {
    Path file = folder.resolve("x.png");
    Images.write(file, new BufferedImage(100, 50, BufferedImage.TYPE_BYTE_BINARY));
    ImageOptions options = ImageOptions.defaults();

    assertEquals(
        "F32[1, 1, 50, 100]",
        Images.read(file, arena, DType.F32, options.withMaxPixels(5000)).toString());
    assertEquals(
        file + ": has 100 x 50 pixels, must have at most 4999",
        assertThrows(
                ImageFormatException.class,
                () -> Images.read(file, arena, DType.F32, options.withMaxPixels(4999)))
            .getMessage());
  }

  @Test
  void theDensestFilesThatThereAreCanBeRead() throws IOException {
    // One colour compresses best, and black and white packs eight pixels into a byte.
    BufferedImage image = new BufferedImage(8000, 4000, BufferedImage.TYPE_BYTE_BINARY);
    for (String format : new String[] {"png", "gif", "bmp"}) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      assertTrue(ImageIO.write(image, format, out));

      Photograph read = Photograph.read(new ByteArrayInputStream(out.toByteArray()), format);

      assertEquals(8000, read.width());
    }
  }

  @Test
  void aJpegInPrintersColoursIsConverted() throws IOException {
    WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 8, 8, 4, null);
    for (int i = 0; i < 64; i++) {
      raster.setPixel(i % 8, i / 8, new int[] {200, 100, 50, 20});
    }
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    Path file = folder.resolve("cmyk.jpg");
    try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(raster, null, null), null);
    } finally {
      writer.dispose();
    }
    Path copy = folder.resolve("copy.png");

    Photograph photograph = Photograph.read(file);
    photograph.write(copy);

    int expected = ImageIO.read(file.toFile()).getRGB(4, 4);
    assertEquals("Photograph[8 x 8, RGB of 8 bits]", photograph.toString());
    assertEquals(expected, photograph.toImage().getRGB(4, 4));
    assertEquals(expected, ImageIO.read(copy.toFile()).getRGB(4, 4));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gif", "bmp"})
  void everyFileThatIsReadCanBeWritten(String format) throws IOException {
    int[] types = {
      BufferedImage.TYPE_BYTE_BINARY,
      BufferedImage.TYPE_BYTE_INDEXED,
      BufferedImage.TYPE_USHORT_565_RGB,
      BufferedImage.TYPE_USHORT_555_RGB,
      BufferedImage.TYPE_INT_RGB,
      BufferedImage.TYPE_BYTE_GRAY
    };
    Path copy = folder.resolve("copy.png");
    int written = 0;
    for (int type : types) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      if (ImageIO.write(noise(type, 9, 5), format, out)) {
        Photograph photograph =
            Photograph.read(new ByteArrayInputStream(out.toByteArray()), format);
        photograph.write(copy);
        assertArrayEquals(
            photograph.toTensor(arena, DType.F64).toDoubleArray(),
            Images.read(copy, arena, DType.F64).toDoubleArray());
        written++;
      }
    }
    assertTrue(written >= 4, written + " kinds of image written as " + format);
  }

  @Test
  void aPlotIsWrittenWhole() throws IOException {
    BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(Color.ORANGE);
    graphics.fillRect(0, 0, 40, 30);
    graphics.dispose();
    Path file = folder.resolve("plot.PNG");
    Files.writeString(file, "old");

    Images.write(file, image);

    assertEquals(Color.ORANGE.getRGB(), ImageIO.read(file.toFile()).getRGB(39, 29));
    try (var files = Files.list(folder)) {
      assertEquals(1, files.count());
    }
  }

  private static BufferedImage noise(int type, int width, int height) {
    Random random = new Random(type);
    BufferedImage image = new BufferedImage(width, height, type);
    for (int i = 0; i < width * height; i++) {
      image.setRGB(i % width, i / width, random.nextInt());
    }
    return image;
  }

  private static int[] samples(BufferedImage image) {
    return image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (int[]) null);
  }
}
