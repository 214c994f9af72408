package io.github.colonnade.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams of strangers: no more is read than an image may take. */
class ImageStreamsTest {
  /** Gives the same bytes over and over, and counts. */
  private static final class Endless extends InputStream {
    private final byte[] bytes;
    private long count;

    Endless(byte... bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read() {
      return bytes[(int) (count++ % bytes.length)] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      for (int i = 0; i < length; i++) {
        target[offset + i] = (byte) read();
      }
      return length;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpeg", "bmp", "gif"})
  void anEndlessEndIsNotReadToItsEnd(String format) throws IOException {
    byte[] file = encode(format);
    Endless zeros = new Endless((byte) 0);
    assertEquals(
        "endless: has 6 x 5 pixels, must have at most 67109344 bytes",
        refused(new SequenceInputStream(new ByteArrayInputStream(file), zeros)));
    assertEquals(67109344 + 1 - file.length, zeros.count);

    // As many are none too many.
    InputStream whole = new Endless((byte) 0);
    byte[] rest = whole.readNBytes(67109344 - file.length);
    Photograph read =
        Photograph.read(
            new SequenceInputStream(new ByteArrayInputStream(file), new ByteArrayInputStream(rest)),
            "large");
    assertEquals(6, read.width());
  }

  @Test
  void anEndlessStartIsNotReadToItsEnd() {
    // Comments in a JPEG file.
    Endless comments = new Endless("\u00ff\u00fe\0\4ab".getBytes(StandardCharsets.ISO_8859_1));
    byte[] start = {(byte) 0xff, (byte) 0xd8};
    assertEquals(
        "endless: tells no size of its picture in its first 67108864 bytes",
        refused(new SequenceInputStream(new ByteArrayInputStream(start), comments)));
    assertEquals((64 << 20) - 1, comments.count);
    assertEquals(
        "endless: is not a PNG, JPEG, BMP or GIF image", refused(new Endless((byte) 0, (byte) 1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 20, 60, 70})
  void whatAStreamThrowsIsThrown(int bytes) throws IOException {
    IOException lost = new IOException("the connection is lost");
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw lost;
          }

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            throw lost;
          }
        };
    InputStream in =
        new SequenceInputStream(new ByteArrayInputStream(encode("png"), 0, bytes), broken);
    assertSame(lost, assertThrows(IOException.class, () -> Photograph.read(in, "name")));
  }

  @Test
  void pixelsAreCountedBeforeTheRestIsRead() throws IOException {
    Endless zeros = new Endless((byte) 0);
    InputStream in = new SequenceInputStream(new ByteArrayInputStream(encode("png")), zeros);
    String message =
        assertThrows(ImageFormatException.class, () -> Photograph.read(in, "large", 5))
            .getMessage();
    assertEquals("large: has 6 x 5 pixels, must have at most 5", message);
    assertTrue(zeros.count < 1 << 17, () -> zeros.count + " bytes");
  }

  private static String refused(InputStream in) {
    return assertThrows(ImageFormatException.class, () -> Photograph.read(in, "endless"))
        .getMessage();
  }

  /** Five rows: of fewer in an interlaced GIF, Java's decoder loses some. */
  private static byte[] encode(String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(6, 5, BufferedImage.TYPE_3BYTE_BGR), format, out);
    return out.toByteArray();
  }
}
