package io.github.colonnade.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A picture and what its file says of it. */
class PhotographTest {
  @TempDir private Path folder;
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @Test
  void coloursAreChannelsInOrder() {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, 0xff0000);
    image.setRGB(1, 0, 0x0000ff);
    Photograph photograph = Photograph.of(image);
    ImageOptions grey = ImageOptions.defaults().withChannels(Channels.GREY);

    assertEquals("Photograph[2 x 1, RGB of 8 bits]", photograph.toString());
    assertArrayEquals(
        new double[] {1, 0, 0, 0, 0, 1}, photograph.toTensor(arena, DType.F64).toDoubleArray());
    assertArrayEquals(
        new double[] {0.299, 0.114}, photograph.toTensor(arena, DType.F64, grey).toDoubleArray());
  }

  @Test
  void isACopy() {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
    Photograph photograph = Photograph.of(image);
    image.setRGB(0, 0, 0xffffff);
    photograph.toImage().setRGB(0, 0, 0xffffff);

    assertArrayEquals(new double[3], photograph.toTensor(arena, DType.F64).toDoubleArray());
  }

  @Test
  void otherPixelsKeepDepthAndOpacity() {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0x40ffffff);
    image.setRGB(1, 0, 0xff000000);
    Photograph photograph = Photograph.of(image);
    assertTrue(photograph.isTransparent());

    Photograph colours =
        photograph.withPixels(
            Tensor.copyOf(arena, new double[] {-0.5, 0.25, 0.5, 1, 1.5, Double.NaN}, 3, 1, 2));
    Photograph grey =
        photograph.withPixels(Tensor.copyOf(arena, new float[] {0.2f, 0.4f}, 1, 1, 1, 2));
    Photograph opaque =
        photograph.withPixels(Tensor.copyOf(arena, new double[] {0.2, 0.4, 1, 1}, 2, 1, 2));

    assertEquals("Photograph[2 x 1, RGBA of 8 bits]", colours.toString());
    assertEquals(0x400080ff, colours.toImage().getRGB(0, 0));
    assertEquals(0xff40ff00, colours.toImage().getRGB(1, 0));
    assertEquals(Channels.GREY_ALPHA, grey.channels());
    assertArrayEquals(new int[] {51, 64, 102, 255}, samples(grey.toImage()));
    assertArrayEquals(new int[] {51, 255, 102, 255}, samples(opaque.toImage()));
    assertFalse(opaque.isTransparent());
  }

  @Test
  void sixteenBitsStaySixteen() {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
    image.getRaster().setPixels(0, 0, 2, 1, new int[] {1, 65534});
    Photograph photograph = Photograph.of(image);

    Photograph same = photograph.withPixels(photograph.toTensor(arena, DType.F32));

    assertEquals("Photograph[2 x 1, GREY of 16 bits]", same.toString());
    assertArrayEquals(new int[] {1, 65534}, samples(same.toImage()));
    assertArrayEquals(
        new int[] {0, 0, 0, 255, 255, 255},
        samples(same.toImage(ImageOptions.defaults().withChannels(Channels.RGB))));
  }

  /** Which Java's decoder makes a palette of. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void greyOfFewBitsIsGrey(int bits) throws IOException {
    int most = (1 << bits) - 1;
    int width = most + 1;
    Path file = folder.resolve("grey.png");
    Files.write(file, greyPng(width, bits));

    Photograph photograph = Photograph.read(file);

    assertEquals(Channels.GREY, photograph.channels());
    assertEquals(8, photograph.bits());
    double[] values = photograph.toTensor(arena, DType.F64).toDoubleArray();
    assertEquals(width, values.length);
    for (int x = 0; x < width; x++) {
      assertEquals((double) x / most, values[x], 1e-15, "sample " + x);
    }
  }

  /** Where samples have fewer than 8 bits, Java's decoder takes another. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void oneSampleOfGreyIsTransparent(int bits) throws IOException {
    int most = (1 << bits) - 1;
    int width = most + 1;
    Path file = folder.resolve("transparent.png");
    Files.write(file, greyPng(width, bits, new PngChunk("tRNS", (byte) 0, (byte) 1)));

    Photograph photograph = Photograph.read(file);

    assertEquals(Channels.GREY_ALPHA, photograph.channels());
    assertTrue(photograph.isTransparent());
    Tensor pixels = photograph.toTensor(arena, DType.F64);
    for (int x = 0; x < width; x++) {
      assertEquals((double) x / most, pixels.get(0, 0, 0, x), 1e-15, "sample " + x);
      assertEquals(x == 1 ? 0 : 1, pixels.get(0, 1, 0, x), "opacity of sample " + x);
    }
  }

  /** 85 is what sample 1 of two bits becomes in eight. */
  @ParameterizedTest
  @ValueSource(ints = {4, 85})
  void sampleThatNoPixelHasMakesNothingTransparent(int sample) throws IOException {
    Path file = folder.resolve("opaque.png");
    Files.write(file, greyPng(4, 2, new PngChunk("tRNS", (byte) 0, (byte) sample)));

    assertFalse(Photograph.read(file).isTransparent());
  }

  @Test
  void greyOfNoBitsIsNoPicture() throws IOException {
    Path file = folder.resolve("nothing.png");
    Files.write(file, greyPng(4, 0, new PngChunk("tRNS", (byte) 0, (byte) 0)));

    assertThrows(ImageFormatException.class, () -> Photograph.read(file));
  }

  /** One row of the samples from 0 to {@code width - 1}, behind its filter's number. */
  private static byte[] greyPng(int width, int bits, PngChunk... chunks) throws IOException {
    byte[] row = new byte[1 + Math.ceilDiv(width * bits, 8)];
    for (int x = 0; x < width && bits > 0; x++) {
      row[1 + x * bits / 8] |= (byte) (x << (8 - bits - x * bits % 8));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("\u0089PNG\r\n\u001a\n".getBytes(StandardCharsets.ISO_8859_1));
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(1).put((byte) bits);
    new PngChunk("IHDR", header.array()).writeTo(out);
    for (PngChunk chunk : chunks) {
      chunk.writeTo(out);
    }
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(data)) {
      deflater.write(row);
    }
    new PngChunk("IDAT", data.toByteArray()).writeTo(out);
    new PngChunk("IEND").writeTo(out);
    return out.toByteArray();
  }

  @Test
  void refusesWhatIsNoImageOfItsSize() {
    Photograph photograph = Photograph.of(new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB));

    assertEquals(
        "dtype: is I64, must be F64 or F32",
        assertThrows(IllegalArgumentException.class, () -> photograph.toTensor(arena, DType.I64))
            .getMessage());
    for (long[] shape : new long[][] {{2, 3, 2, 3}, {5, 2, 3}, {2, 3}, {1, 0, 2, 3}, {3, 0, 3}}) {
      Tensor pixels = Tensor.allocate(arena, DType.F64, shape);
      assertEquals(
          "pixels: shape is "
              + Arrays.toString(shape)
              + ", must be [1, C, H, W] or [C, H, W] with 1 to 4 channels and at least one pixel",
          assertThrows(IllegalArgumentException.class, () -> photograph.withPixels(pixels))
              .getMessage());
    }
    assertEquals(
        "pixels: are 2 x 3, must be 3 x 2 as the photograph",
        assertThrows(
                IllegalArgumentException.class,
                () -> photograph.withPixels(Tensor.allocate(arena, DType.F64, 3, 3, 2)))
            .getMessage());
    assertEquals(
        "pixels: is I64, must be F64 or F32",
        assertThrows(
                IllegalArgumentException.class,
                () -> photograph.withPixels(Tensor.allocate(arena, DType.I64, 3, 2, 3)))
            .getMessage());
  }

  @Test
  void streamsAreNamedWhereTheyCannotBeRead() throws IOException {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    Photograph.of(image).write(png);

    assertEquals(
        "Photograph[1 x 1, GREY of 8 bits]",
        Photograph.read(new ByteArrayInputStream(png.toByteArray()), "pixel").toString());
    assertEquals(
        "not\\u000ahing: is not a PNG, JPEG, BMP or GIF image",
        assertThrows(
                ImageFormatException.class,
                () -> Photograph.read(new ByteArrayInputStream(new byte[9]), "not\nhing"))
            .getMessage());
  }

  @Test
  void filesAreNamedWhereTheyCannotBeReadOrWritten() throws IOException {
    Photograph photograph = Photograph.of(new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB));
    Path missing = folder.resolve("missing.png");
    Path text = Files.writeString(folder.resolve("text.png"), "no image");

    assertEquals(
        missing + ": no such file",
        assertThrows(NoSuchFileException.class, () -> Photograph.read(missing)).getMessage());
    assertEquals(
        folder + ": is a directory, must be a file",
        assertThrows(FileSystemException.class, () -> Photograph.read(folder)).getMessage());
    assertEquals(
        text + ": is not a PNG, JPEG, BMP or GIF image",
        assertThrows(ImageFormatException.class, () -> Photograph.read(text)).getMessage());
    Path orphan = folder.resolve("missing").resolve("y.png");
    assertEquals(
        orphan + ": its folder does not exist",
        assertThrows(NoSuchFileException.class, () -> photograph.write(orphan)).getMessage());
    assertEquals(
        "file: is 'y.jpg', must end in .png",
        assertThrows(IllegalArgumentException.class, () -> photograph.write(Path.of("y.jpg")))
            .getMessage());
    photograph.write(missing);
    assertEquals(1, Photograph.read(missing).width());
    try (var files = Files.list(folder)) {
      assertEquals(List.of(missing, text), files.sorted().toList());
    }
  }

  private static int[] samples(BufferedImage image) {
    return image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (int[]) null);
  }
}
