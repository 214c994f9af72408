package io.github.colonnade.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.DType;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What files say beside their pixels, and files that are damaged. */
class ImageFilesTest {
  private static final byte[] RGB_PROFILE = profile(ColorSpace.CS_sRGB);
  private static final byte[] GREY_PROFILE = profile(ColorSpace.CS_GRAY);

  @ParameterizedTest
  @CsvSource({
    "0, 0 1 2 3 4 5, 3",
    "1, 0 1 2 3 4 5, 3",
    "2, 2 1 0 5 4 3, 3",
    "3, 5 4 3 2 1 0, 3",
    "4, 3 4 5 0 1 2, 3",
    "5, 0 3 1 4 2 5, 2",
    "6, 3 0 4 1 5 2, 2",
    "7, 5 2 4 1 3 0, 2",
    "8, 2 5 1 4 0 3, 2",
    "9, 0 1 2 3 4 5, 3",
  })
  void pixelsAreReadAsAPersonSeesThem(int orientation, String expected, int width)
      throws IOException {
    for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
      byte[] png = withChunks(png(3, 2), new PngChunk("eXIf", exif(order, orientation)));

      Photograph seen = read(png);

      assertEquals(width, seen.width());
      assertEquals(6 / width, seen.height());
      assertEquals(expected, words(seen));
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 48, 32", "3, 48, 32", "6, 32, 48", "8, 32, 48"})
  void jpegIsTurnedToo(int orientation, int width, int height) throws IOException {
    byte[] exif = exif(ByteOrder.LITTLE_ENDIAN, orientation);
    byte[] jpeg = withSegment(jpeg(false), 0xe1, join(ascii("Exif\0\0"), exif));

    Photograph seen = read(jpeg);

    assertEquals(width, seen.width());
    assertEquals(height, seen.height());
  }

  @Test
  void opacityIsTurnedWithThePixels() throws IOException {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_4BYTE_ABGR);
    image.setRGB(0, 0, 0xff000000);
    image.setRGB(1, 0, 0x80000000);
    byte[] exif = exif(ByteOrder.BIG_ENDIAN, 6);

    BufferedImage seen =
        read(withChunks(encode(image, "png"), new PngChunk("eXIf", exif))).toImage();

    assertEquals(0xff000000, seen.getRGB(0, 0));
    assertEquals(0x80000000, seen.getRGB(0, 1));
  }

  @Test
  void brokenNotesOfACameraSayNothing() throws IOException {
    byte[] whole = exif(ByteOrder.BIG_ENDIAN, 6);
    byte[] png = png(3, 2);
    for (int length = 0; length < whole.length; length++) {
      Exif.orientation(Arrays.copyOf(whole, length));
      assertEquals(
          6,
          read(withChunks(png, new PngChunk("eXIf", Arrays.copyOf(whole, length))))
              .toTensor(Arena.ofAuto(), DType.F64)
              .elementCount());
    }
    Random random = new Random(1);
    for (int round = 0; round < 20_000; round++) {
      byte[] wrong = whole.clone();
      for (int i = 0; i <= random.nextInt(3); i++) {
        wrong[random.nextInt(wrong.length)] = (byte) random.nextInt(256);
      }
      Exif.orientation(wrong);
    }
    for (int offset : new int[] {-1, Integer.MAX_VALUE, Integer.MIN_VALUE, whole.length, 0}) {
      byte[] wrong = whole.clone();
      ByteBuffer.wrap(wrong).putInt(4, offset);
      assertEquals(Orientation.UPRIGHT, Exif.orientation(wrong));
    }
    byte[] endless = whole.clone();
    ByteBuffer.wrap(endless).putShort(8, (short) -1);
    assertEquals(Orientation.TURNED_RIGHT, Exif.orientation(endless));
  }

  @Test
  void pngTagsOfColourAreCarried() throws IOException {
    PngChunk gamma = new PngChunk("gAMA", new byte[] {0, 0, -79, -113});
    PngChunk primaries = new PngChunk("cHRM", new byte[32]);
    PngChunk intent = new PngChunk("sRGB", new byte[1]);
    PngChunk profile = ColourTags.ofProfile(GREY_PROFILE).chunks().get(0);

    Photograph photograph = read(withChunks(png(3, 2), gamma, primaries, intent, profile));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    photograph.write(out);

    assertEquals(Optional.empty(), photograph.colourLoss());
    byte[] written = out.toByteArray();
    for (PngChunk chunk : List.of(gamma, primaries, intent, profile)) {
      assertArrayEquals(chunk.data(), chunk(written, chunk.type()));
    }
    assertEquals("0 1 2 3 4 5", words(read(written)));
  }

  @Test
  void aProfileInPartsOfAJpegIsCarried() throws IOException {
    int half = RGB_PROFILE.length / 2;
    byte[] first = Arrays.copyOf(RGB_PROFILE, half);
    byte[] second = Arrays.copyOfRange(RGB_PROFILE, half, RGB_PROFILE.length);
    byte[] jpeg = jpeg(false);
    jpeg = withSegment(jpeg, 0xe2, join(ascii("ICC_PROFILE\0\1\2"), first));
    jpeg = withSegment(jpeg, 0xe2, join(ascii("ICC_PROFILE\0\2\2"), second));

    ByteArrayOutputStream out = new ByteArrayOutputStream();
    read(jpeg).write(out);

    byte[] data = chunk(out.toByteArray(), "iCCP");
    int start = ascii("ICC profile\0\0").length;
    assertArrayEquals(
        RGB_PROFILE,
        new InflaterInputStream(new ByteArrayInputStream(data, start, data.length)).readAllBytes());
    byte[] none = withSegment(jpeg(false), 0xe2, join(ascii("ICC_PROFILE\0\1\1"), new byte[200]));
    assertEquals(Optional.of("its colour profile is damaged"), read(none).colourLoss());
  }

  @Test
  void aProfileInsideOfABmpIsCarried() throws IOException {
    byte[] bmp = bmp(RGB_PROFILE);

    Photograph photograph = read(bmp);

    assertEquals("3 2 1", words(photograph));
    assertArrayEquals(
        ColourTags.ofProfile(RGB_PROFILE).chunks().get(0).data(),
        photograph.colours().chunks().get(0).data());
    assertEquals(
        Optional.of("its colour profile is damaged"),
        read(Arrays.copyOf(bmp, bmp.length - 1)).colourLoss());
  }

  /** One pixel under a header of version 5. */
  private static byte[] bmp(byte... profile) {
    return ByteBuffer.allocate(14 + 124 + 4 + profile.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(ascii("BM"))
        .putInt(2, 14 + 124 + 4 + profile.length)
        .putInt(10, 14 + 124)
        .putInt(14, 124)
        .putInt(18, 1)
        .putInt(22, 1)
        .putShort(26, (short) 1)
        .putShort(28, (short) 24)
        .putInt(34, 4)
        .putInt(14 + 56, ('M' << 24) | ('B' << 16) | ('E' << 8) | 'D')
        .putInt(14 + 112, 124 + 4)
        .putInt(14 + 116, profile.length)
        .position(14 + 124)
        .put(new byte[] {1, 2, 3, 0})
        .put(profile)
        .array();
  }

  /** A profile's name has 1 to 79 bytes and an end, its method is 0, and the profile is one. */
  @Test
  void chunksOfColourThatBreakTheirRulesAreLeftOutAndTold() throws IOException {
    byte[] grey = ColourTags.ofProfile(profile(ColorSpace.CS_GRAY)).chunks().get(0).data();
    int name = new String(grey, StandardCharsets.ISO_8859_1).indexOf(0);
    byte[] unnamed = Arrays.copyOfRange(grey, name, grey.length);
    byte[] longest = named(79, unnamed);
    byte[] method = grey.clone();
    method[name + 1] = 1;
    ByteArrayOutputStream zeros = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(zeros)) {
      deflater.write(new byte[200]);
    }
    byte[] other = named(1, join(new byte[2], zeros.toByteArray()));

    assertEquals(Optional.empty(), read(withChunks(png(3, 2), iccp(grey))).colourLoss());
    assertEquals(Optional.empty(), read(withChunks(png(3, 2), iccp(longest))).colourLoss());
    for (byte[] wrong :
        List.of(
            unnamed,
            named(80, unnamed),
            method,
            other,
            Arrays.copyOf(grey, name),
            Arrays.copyOf(grey, name + 1),
            new byte[0])) {
      Photograph photograph = read(withChunks(png(3, 2), iccp(wrong)));
      assertEquals(Optional.of("its colour profile is damaged"), photograph.colourLoss());
      assertEquals(List.of(), photograph.colours().chunks());
    }
    for (PngChunk wrong :
        List.of(
            new PngChunk("sRGB", new byte[2]),
            new PngChunk("cHRM", new byte[31]),
            new PngChunk("cICP", new byte[5]))) {
      Photograph photograph = read(withChunks(png(3, 2), wrong));
      assertEquals(
          Optional.of("its " + wrong.type() + " chunk is damaged"), photograph.colourLoss());
    }
  }

  private static PngChunk iccp(byte[] data) {
    return new PngChunk("iCCP", data);
  }

  private static byte[] named(int length, byte... rest) {
    byte[] name = new byte[length];
    Arrays.fill(name, (byte) 'n');
    return join(name, rest);
  }

  @Test
  void aProfileOfOtherColoursOrADamagedOneIsLeftOutAndTold() throws IOException {
    PngChunk foreign = ColourTags.ofProfile(RGB_PROFILE).chunks().get(0);
    PngChunk damaged = new PngChunk("iCCP", Arrays.copyOf(foreign.data(), 100));

    Photograph other = read(withChunks(png(3, 2), foreign));
    Photograph broken = read(withChunks(png(3, 2), damaged));
    Photograph shortGamma = read(withChunks(png(3, 2), new PngChunk("gAMA", new byte[3])));

    assertEquals(
        Optional.of("its colour profile is for RGB, the result is grey"), other.colourLoss());
    assertEquals(Optional.of("its colour profile is damaged"), broken.colourLoss());
    assertEquals(Optional.of("its gAMA chunk is damaged"), shortGamma.colourLoss());
    for (Photograph photograph : List.of(other, broken, shortGamma)) {
      assertEquals(List.of(), photograph.colours().chunks());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "gif", "bmp", "jpeg"})
  void aFileThatIsCutShortIsRefused(String format) throws IOException {
    byte[] whole = encode(picture(), format);
    read(whole);
    for (int percent = 2; percent <= 98; percent += 6) {
      assertCutIsRefused(whole, whole.length * percent / 100);
    }
  }

  @Test
  void aProgressiveJpegIsRefusedWhereverItIsCut() throws IOException {
    byte[] whole = jpeg(true);
    read(whole);
    for (int length = 1; length < whole.length; length += 7) {
      assertCutIsRefused(whole, length);
    }
    // Whether a scan is missing cannot be told.
    assertCutIsRefused(whole, whole.length - 2);
  }

  @Test
  void aWarningOfNoConsequenceRefusesNothing() throws IOException {
    byte[] whole = jpeg(false);
    String expected = words(read(whole));

    assertEquals(expected, words(read(Arrays.copyOf(whole, whole.length - 2))));
    assertEquals(expected, words(read(join(whole, new byte[999]))));
    byte[] extra = join(Arrays.copyOf(whole, whole.length - 2), new byte[5]);
    assertEquals(expected, words(read(join(extra, new byte[] {-1, (byte) 0xd9}))));
  }

  @Test
  void aJpegWithoutSomeOfItsDataIsRefused() throws IOException {
    byte[] whole = jpeg(false);
    int middle = whole.length - 300;
    byte[] shorter = join(Arrays.copyOf(whole, middle), new byte[] {-1, (byte) 0xd9});

    assertRefused(shorter, "it is damaged or cut short");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aGifWhoseDataEndEarlyIsRefused(boolean interlaced) throws IOException {
    BufferedImage image = new BufferedImage(48, 32, BufferedImage.TYPE_BYTE_INDEXED);
    Random random = new Random(1);
    for (int i = 0; i < 48 * 32; i++) {
      image.getRaster().setSample(i % 48, i / 48, 0, random.nextInt(256));
    }
    ImageWriter writer = ImageIO.getImageWritersByFormatName("gif").next();
    ImageWriteParam param = writer.getDefaultWriteParam();
    param.setProgressiveMode(
        interlaced ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
    byte[] whole = encode(image, writer, param);
    assertEquals(48, read(whole).width());

    // Blocks of 255 bytes and a last one; without two of them, their end and the file's are there.
    byte[] tail = Arrays.copyOfRange(whole, whole.length - 2, whole.length);
    int first = dataStart(whole) + 2 * 256;
    assertRefused(join(Arrays.copyOf(whole, first), tail), "it is damaged or cut short");
  }

  /** Where the first block of a GIF file's data is, behind headers and an extension. */
  private static int dataStart(byte... gif) {
    int at = 13 + (3 << ((gif[10] & 7) + 1));
    while (gif[at] == 0x21) {
      at += 2;
      while (gif[at] != 0) {
        at += 1 + (gif[at] & 0xff);
      }
      at++;
    }
    return at + 11 + ((gif[at + 9] & 0x80) == 0 ? 0 : 3 << ((gif[at + 9] & 7) + 1));
  }

  @Test
  void tagsThatAreBrokenEndTheirReading() throws IOException {
    byte[] exif = join(ascii("Exif\0\0"), exif(ByteOrder.BIG_ENDIAN, 6));
    byte[] jpeg = withSegment(jpeg(false), 0xe1, exif);
    byte[] png = withChunks(png(3, 2), ColourTags.ofProfile(GREY_PROFILE).chunks().get(0));
    Random random = new Random(1);
    for (int round = 0; round < 5_000; round++) {
      byte[] file = (round % 2 == 0 ? jpeg : png).clone();
      for (int i = 0; i <= random.nextInt(5); i++) {
        file[random.nextInt(Math.min(file.length, 200))] = (byte) random.nextInt(256);
      }
      ImageTags.read(
          new MemoryCacheImageInputStream(new ByteArrayInputStream(file)),
          round % 2 == 0 ? "jpeg" : "png");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiff", "wbmp"})
  void formatsThatAreNotPromisedAreRefused(String format) throws IOException {
    BufferedImage image = new BufferedImage(9, 9, BufferedImage.TYPE_BYTE_BINARY);

    assertRefused(encode(image, format), "is not a PNG, JPEG, BMP or GIF image");
  }

  private static void assertCutIsRefused(byte[] whole, int length) {
    byte[] cut = Arrays.copyOf(whole, length);
    String message =
        assertThrows(ImageFormatException.class, () -> read(cut), () -> "cut at " + length)
            .getMessage();
    assertTrue(message.startsWith("name: "), message);
  }

  private static void assertRefused(byte[] file, String rule) {
    String message = assertThrows(ImageFormatException.class, () -> read(file)).getMessage();
    assertTrue(message.contains(rule), message);
  }

  private static Photograph read(byte... file) throws IOException {
    return Photograph.read(new ByteArrayInputStream(file), "name");
  }

  /** Pixels of 0, 1, 2, … */
  private static byte[] png(int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < width * height; i++) {
      image.getRaster().setSample(i % width, i / width, 0, i);
    }
    return encode(image, "png");
  }

  private static byte[] jpeg(boolean progressive) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam param = writer.getDefaultWriteParam();
    if (progressive) {
      param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
    }
    return encode(picture(), writer, param);
  }

  private static byte[] encode(BufferedImage image, ImageWriter writer, ImageWriteParam param)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(null, new IIOImage(image, null, null), param);
    } finally {
      writer.dispose();
    }
    return out.toByteArray();
  }

  private static BufferedImage picture() {
    BufferedImage image = new BufferedImage(48, 32, BufferedImage.TYPE_3BYTE_BGR);
    Random random = new Random(1);
    for (int i = 0; i < 48 * 32; i++) {
      image.setRGB(i % 48, i / 48, random.nextInt());
    }
    return image;
  }

  private static byte[] encode(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(image, format, out), format);
    return out.toByteArray();
  }

  private static byte[] exif(ByteOrder order, int orientation) {
    return ByteBuffer.allocate(8 + 2 + 2 * 12 + 4)
        .order(order)
        .put(ascii(order == ByteOrder.BIG_ENDIAN ? "MM" : "II"))
        .putShort((short) 42)
        .putInt(8)
        .putShort((short) 2)
        .putShort((short) 0x100)
        .putShort((short) 3)
        .putInt(1)
        .putInt(0)
        .putShort((short) 0x112)
        .putShort((short) 3)
        .putInt(1)
        .putShort((short) orientation)
        .putShort((short) 0)
        .array();
  }

  private static byte[] withChunks(byte[] png, PngChunk... chunks) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(png, 0, 33);
    for (PngChunk chunk : chunks) {
      chunk.writeTo(out);
    }
    out.write(png, 33, png.length - 33);
    return out.toByteArray();
  }

  /** Behind the last segment of an application, or else the first. */
  private static byte[] withSegment(byte[] jpeg, int marker, byte... data) {
    ByteBuffer header =
        ByteBuffer.allocate(4)
            .putShort((short) (0xff00 | marker))
            .putShort((short) (data.length + 2));
    int at = 2;
    while ((jpeg[at + 1] & 0xf0) == 0xe0) {
      at += 2 + Short.toUnsignedInt(ByteBuffer.wrap(jpeg).getShort(at + 2));
    }
    return join(
        Arrays.copyOf(jpeg, at), header.array(), data, Arrays.copyOfRange(jpeg, at, jpeg.length));
  }

  private static byte[] chunk(byte[] png, String type) {
    ByteBuffer bytes = ByteBuffer.wrap(png);
    int at = 8;
    while (!new String(png, at + 4, 4, StandardCharsets.ISO_8859_1).equals(type)) {
      at += 12 + bytes.getInt(at);
    }
    return Arrays.copyOfRange(png, at + 8, at + 8 + bytes.getInt(at));
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] profile(int space) {
    return ICC_Profile.getInstance(space).getData();
  }

  private static String words(Photograph photograph) {
    BufferedImage image = photograph.toImage();
    int[] pixels =
        image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (int[]) null);
    return String.join(" ", Arrays.stream(pixels).mapToObj(String::valueOf).toList());
  }
}
