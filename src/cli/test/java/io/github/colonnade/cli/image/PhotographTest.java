package io.github.colonnade.cli.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pixels to tensors and back. */
class PhotographTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F64", "F32"})
  void everyValueOfAByteComesBack(DType dtype) {
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
    int[] values = new int[256];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    image.getRaster().setPixels(0, 0, 16, 16, values);
    Photograph photograph = Photograph.of(image);

    Tensor pixels = photograph.toTensor(arena, dtype);
    BufferedImage back = photograph.withPixels(pixels).toImage();

    assertEquals(dtype + "[1, 1, 16, 16]", pixels.toString());
    assertEquals(1, pixels.get(255));
    assertArrayEquals(values, back.getRaster().getPixels(0, 0, 16, 16, (int[]) null));
  }

  @Test
  void coloursAreChannelsInOrder() {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, 0xff0000);
    image.setRGB(1, 0, 0x0000ff);
    Photograph photograph = Photograph.of(image);

    assertEquals("Photograph[2 x 1, 3 channels of 8 bits]", photograph.toString());
    assertArrayEquals(
        new double[] {1, 0, 0, 0, 0, 1}, photograph.toTensor(arena, DType.F64).toDoubleArray());
    assertArrayEquals(
        new double[] {0.299, 0.114},
        photograph.luminance().toTensor(arena, DType.F64).toDoubleArray());
  }

  @Test
  void pixelsAreCutToTheRangeAndMayChangeTheChannels() {
    Photograph colours = Photograph.of(new BufferedImage(3, 1, BufferedImage.TYPE_INT_RGB));
    Tensor pixels = Tensor.copyOf(arena, new double[] {-0.5, 0.25, 1.5}, 1, 1, 1, 3);

    Photograph grey = colours.withPixels(pixels);

    assertEquals(1, grey.channels());
    assertArrayEquals(new double[] {0, 0.25, 1}, grey.toTensor(arena, DType.F64).toDoubleArray());
    assertArrayEquals(new double[] {-0.5, 0.25, 1.5}, pixels.toDoubleArray());
    assertSame(grey, grey.luminance());
  }

  @Test
  void refusesWhatIsNoImage() {
    Photograph photograph = Photograph.of(new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB));

    assertEquals(
        "dtype: is I64, must be F64 or F32",
        assertThrows(IllegalArgumentException.class, () -> photograph.toTensor(arena, DType.I64))
            .getMessage());
    for (long[] shape : new long[][] {{1, 3, 3, 2}, {2, 3, 2, 3}, {1, 2, 2, 3}, {3, 2, 3}}) {
      Tensor pixels = Tensor.allocate(arena, DType.F64, shape);
      String message =
          assertThrows(IllegalArgumentException.class, () -> photograph.withPixels(pixels))
              .getMessage();
      assertEquals(
          "pixels: shape is " + Arrays.toString(shape) + ", must be [1, 1 or 3, 2, 3]", message);
    }
  }

  @Test
  void filesAreNamedWhereTheyCannotBeRead() throws IOException {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageFiles.writePng(image, png);

    assertEquals(
        "Photograph[1 x 1, 1 channel of 8 bits]",
        ImageFiles.read(new ByteArrayInputStream(png.toByteArray()), "pixel").toString());
    assertEquals(
        "nothing: is not a PNG, JPEG, BMP or GIF image",
        assertThrows(
                ImageFormatException.class,
                () -> ImageFiles.read(new ByteArrayInputStream(new byte[9]), "nothing"))
            .getMessage());
  }
}
